"""``dataEnterpriseEnergy``: one record, checked and stored as dialect A's are; 200 is given once it is on disk."""

from __future__ import annotations

from typing import Any

from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.yunnan import coefficients
from nenghao.hub.yunnan.exchange import Exchange, answer
from nenghao.hub.yunnan.information import reg_version
from nenghao.periods import wall
from nenghao.protocol import Checked, EnergyRecord, MessageError, Upload, check_records, refuse
from nenghao.protocol.messages import RECEIVED
from nenghao.protocol.messages import SUCCESS as LOGGED
from nenghao.protocol.yunnan import dictionary_version, exact_value, from_wire_code

MAX_BACKLOG = 2**63 - 1


def take_energy(exchange: Exchange) -> dict[str, Any]:
    """Keep one record durably, or raise :class:`MessageError` with the reason.

    A record made with versions that are no longer the platform's is kept all the same (its code and unit are checked
    against the registry); the answer then says so with ``versionChanged`` (ours).
    """
    call, sender = exchange.call, exchange.sender
    if sender is None:
        raise MessageError(refuse("token-invalid"))
    record = _record(exchange)
    upload = Upload(sender.device_id, sender.enterprise_code, [record])
    call.clock_offset_s, call.backlog = upload.clock_offset_s(call.received_at), _backlog(exchange)
    checked = _check(exchange, record, sender)
    if checked.rejections:
        raise MessageError(checked.rejections[0])
    call.log(LOGGED, RECEIVED, columns=checked)
    coefficients.note(
        item_id=int(checked.item_id[0]), data_code=record.data_code, stated=exchange.given("convertRation"),
        stat_date=record.stat_date, now=call.received_at,
    )  # fmt: skip
    data: dict[str, Any] = {"platformTime": f"{wall(call.received_at):%Y-%m-%d %H:%M:%S}"}
    return answer(data | ({"versionChanged": "1"} if _is_stale(exchange) else {}))


def _record(exchange: Exchange) -> EnergyRecord:
    """Give the record in dialect A's form; a remark of ours may carry the exact number, ``state`` is ours as well."""
    state = exchange.message.get("state")
    stat_date = exchange.fields["statDate"]
    return EnergyRecord(
        data_code=from_wire_code(exchange.fields["dataCode"]),
        data_value=exact_value(exchange.fields["dataValue"], exchange.given("remark")),
        input_type=exchange.fields["inputType"], stat_type=exchange.fields["statType"],
        stat_date=stat_date if len(stat_date) != 10 else f"{stat_date} 00:00:00",
        upload_date=exchange.given("uploadDate") or None, scope=exchange.fields["scope"],
        valid=exchange.fields["valid"], state=state if isinstance(state, str) else None,
    )  # fmt: skip


def _check(exchange: Exchange, record: EnergyRecord, sender: Sender) -> Checked:
    """Check the record; where its item is unknown, look whether another process has just configured it."""
    snapshot = exchange.call.snapshot
    version = snapshot.version
    checked = _once(exchange, record, sender)
    unknown = any(rejection.code == "data-code-unknown" for rejection in checked.rejections)
    return _once(exchange, record, sender) if unknown and snapshot.refresh(version) else checked


def _once(exchange: Exchange, record: EnergyRecord, sender: Sender) -> Checked:
    rules = exchange.call.snapshot.rules(sender.enterprise_pk)
    return check_records([record], rules, now=exchange.call.received_at, profile=sender.profile)


def _is_stale(exchange: Exchange) -> bool:
    current = {"regVersion": reg_version(exchange.call.base_url()), "dicVersion": dictionary_version()}
    return any(exchange.given(name) not in ("", version) for name, version in current.items())


def _backlog(exchange: Exchange) -> int | None:
    sent = exchange.message.get("backlog")
    is_count = isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent <= MAX_BACKLOG
    return sent if is_count else None
