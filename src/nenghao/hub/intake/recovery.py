"""``downloadConfigData``, ``downloadData``, ``loadConfig``: a gateway gets back what the platform holds of it.

Only an approved device, only its own enterprise, in pages. The envelopes are ours: ``docs/protocol.md``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from nenghao.hub.intake import handback
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.configuration import MAX_ROWS
from nenghao.hub.intake.registration import reg_version
from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter, Process, ProcessUnit
from nenghao.periods import from_wall, wall
from nenghao.protocol import (
    ConfigDownload,
    LoadConfig,
    MessageError,
    Profile,
    WireState,
    decode_object,
    listed,
    refuse,
    required_text,
)
from nenghao.protocol.decoding import MAX_RECORDS
from nenghao.protocol.enumerations import StatType
from nenghao.protocol.messages import RECEIVED, SUCCESS
from nenghao.protocol.moments import EARLIEST_YEAR
from nenghao.protocol.numbers import plain_text
from nenghao.protocol.recovery import (
    DEFAULT_PAGE,
    MAX_PAGE,
    WireLimits,
    WireProfile,
    encrypt_records,
    to_wire,
    wire_moment,
)
from nenghao.readings.recovery import CurrentValue, Place, current_page
from nenghao.reference import library

_CONFIG_CURSOR = re.compile(r"([0-3])\.(\d{1,18})", re.ASCII)
_DATA_CURSOR = re.compile(r"(\d{1,11})\.(\d{1,18})\.([0-3])", re.ASCII)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  wall time, as stored
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?", re.ASCII)
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)
Section = tuple[str, Callable[[Enterprise], QuerySet], Callable[[Any], Iterator[msgspec.Struct]]]
_SECTIONS: tuple[Section, ...] = (
    ("process", lambda owner: Process.objects.filter(enterprise=owner), handback.process_rows),
    (
        "process_unit",
        lambda owner: ProcessUnit.objects.filter(process__enterprise=owner).select_related("process"),
        handback.process_unit_rows,
    ),
    ("collect_item_config", lambda owner: DataItem.objects.filter(enterprise=owner), handback.item_rows),
    ("meters", lambda owner: Meter.objects.filter(enterprise=owner), handback.meter_rows),
)


def load_config(call: Call) -> LoadConfig:
    """Tell a gateway what the platform wants it to know: status, slot, profile, limits, and the items that it holds."""
    sender = call.sender(required_text(decode_object(call.body), "deviceId"))
    device = Device.objects.filter(pk=sender.device_pk).first()
    profile = sender.profile
    call.log(SUCCESS, RECEIVED)
    return LoadConfig(
        response_code=SUCCESS, response_message=RECEIVED, enterprise_code=sender.enterprise_code, status=sender.status,
        server_time=wire_moment(wall(call.received_at)),
        upload_time="" if device is None else f"{device.upload_time:%H:%M:%S}",
        reg_version="" if device is None else reg_version(call.base_url(), device),
        dic_version=library().dictionary_version, profile=_profile(profile),
        limits=WireLimits(
            body_bytes=settings.NENGHAO_INTAKE_MAX_BODY_BYTES, upload_records=MAX_RECORDS, config_rows=MAX_ROWS,
            page_rows=MAX_PAGE,
        ),
        item_codes=sorted(call.snapshot.rules(sender.enterprise_pk)) if call.is_approved else [],
    )  # fmt: skip


def download_config_data(call: Call) -> dict[str, Any]:
    """Hand back the configuration as it was uploaded: enterprise and group on the first page, then row after row."""
    message, sender = _asker(call)
    section, after = _config_cursor(message)
    enterprise = Enterprise.objects.select_related("region", "group").get(pk=sender.enterprise_pk)
    lists, next_cursor = _config_page(enterprise, section, after, _limit(message, MAX_ROWS))
    answer = ConfigDownload(response_code=SUCCESS, response_message=RECEIVED, next_cursor=next_cursor)
    for name, rows in lists.items():
        setattr(answer, name, rows)
    if not message.get("cursor"):
        answer.enterprise, answer.group = handback.enterprise_info(enterprise), handback.group_info(enterprise)
    call.log(SUCCESS, RECEIVED)
    return to_wire(answer, sender.profile)


def download_data(call: Call) -> dict[str, Any]:
    """Hand back current values as they would be uploaded, encrypted where the profile encrypts."""
    message, sender = _asker(call)
    start, end = _period(message, call.received_at)
    items = _items(message, sender)
    limit = _limit(message, MAX_PAGE)
    found = current_page(
        call.snapshot.store, data_item_ids=list(items), stat_types=_stat_types(message), start=start,
        end=end, after=_data_cursor(message), limit=limit,
    )  # fmt: skip
    rows = [_record(row, items[row.data_item_id], sender.profile) for row in found]
    if sender.profile.encrypts:
        encrypt_records(rows, sender.profile, sender.secret_key)
    call.log(SUCCESS, RECEIVED)
    answer = {"responseCode": SUCCESS, "responseMessage": RECEIVED, "data": rows}
    return answer | ({"nextCursor": _cursor_after(found[-1])} if len(found) == limit else {})


def _asker(call: Call) -> tuple[dict[str, Any], Sender]:
    message = decode_object(call.body)
    return message, call.approved_sender(required_text(message, "deviceId"), required_text(message, "enterpriseCode"))


def _config_page(
    enterprise: Enterprise, first_section: int, after: int, limit: int
) -> tuple[dict[str, list[Any]], str]:
    lists: dict[str, list[Any]] = {}
    for number in range(first_section, len(_SECTIONS)):
        name, query, write = _SECTIONS[number]
        rows = list(query(enterprise).filter(pk__gt=after).order_by("pk")[: limit + 1])
        lists[name] = [message for row in rows[:limit] for message in write(row)]
        if len(rows) > limit:
            return lists, f"{number}.{rows[limit - 1].pk if limit else after}"
        limit, after = limit - len(rows), 0
    return lists, ""


def _items(message: Mapping[str, Any], sender: Sender) -> dict[int, DataItem]:
    """Give the items that are asked for, by key; a code that the enterprise does not have is refused."""
    owned = DataItem.objects.filter(enterprise_id=sender.enterprise_pk)
    codes = listed(dict(message), "dataCodes")
    if not codes:
        return owned.in_bulk()
    wanted = {code for code in codes if isinstance(code, str)}
    if len(wanted) > MAX_ROWS:
        raise MessageError(refuse("too-many-records", field="dataCodes", value=len(codes), more=MAX_ROWS))
    found = {item.pk: item for item in owned.filter(data_code__in=sorted(wanted))}
    held = {item.data_code for item in found.values()}
    unknown = next((code for code in codes if not isinstance(code, str) or code not in held), None)
    if unknown is not None:
        raise MessageError(refuse("data-code-unknown", field="dataCodes", data_code=unknown, value=unknown))
    return found


def _record(row: CurrentValue, item: DataItem, profile: Profile) -> dict[str, str]:
    is_missing = row.state == WireState.MISSING or row.value is None
    record = {
        "dataCode": item.data_code,
        "dataValue": "" if is_missing or row.value is None else plain_text(row.value, item.wire_to_base),
        "inputType": str(row.input_type), "statType": str(row.stat_type),
        "statDate": wire_moment(wall(row.period_start)), "uploadDate": wire_moment(wall(row.received_at)),
        "scope": str(item.scope), "valid": profile.invalid_word if is_missing else profile.valid_word,
        "state": WireState(row.state).word, "unit": item.wire_unit,
    }  # fmt: skip
    return record if row.source == "upload" else record | {"source": row.source}


def _stat_types(message: Mapping[str, Any]) -> list[int]:
    sent = listed(dict(message), "statTypes") or [int(kind) for kind in StatType]
    known = {str(int(kind)): int(kind) for kind in StatType}
    unknown = next((word for word in sent if str(word) not in known), None)
    if unknown is not None:
        raise MessageError(refuse("stat-type-unknown", field="statTypes", value=unknown))
    return sorted({known[str(word)] for word in sent})


def _period(message: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Give the period asked for (aware), cut to the years in which readings can lie."""
    start, end = (_moment(message, name) for name in ("startDate", "endDate"))
    earliest, latest = datetime(EARLIEST_YEAR, 1, 1), wall(now) + timedelta(days=1)  # noqa: DTZ001  wall time
    return from_wall(max(start, earliest)), from_wall(min(max(end, earliest), latest))


def _moment(message: Mapping[str, Any], name: str) -> datetime:
    text = required_text(dict(message), name)
    try:
        return datetime.fromisoformat(text if _MOMENT.fullmatch(text) else "")
    except ValueError:
        raise MessageError(refuse("stat-date-malformed", field=name, value=text)) from None


def _limit(message: Mapping[str, Any], most: int) -> int:
    sent = message.get("limit")
    if sent in (None, ""):
        return min(DEFAULT_PAGE, most)
    if isinstance(sent, bool) or not _DIGITS.fullmatch(str(sent)) or not 1 <= int(sent) <= most:
        raise MessageError(refuse("limit-malformed", field="limit", value=sent, more=most))
    return int(sent)


def _config_cursor(message: Mapping[str, Any]) -> tuple[int, int]:
    section, after = _cursor(message, _CONFIG_CURSOR) or ("0", "0")
    return int(section), int(after)


def _data_cursor(message: Mapping[str, Any]) -> Place | None:
    found = _cursor(message, _DATA_CURSOR)
    if found is None:
        return None
    seconds, item, stat_type = map(int, found)
    return Place(_EPOCH + timedelta(seconds=seconds), item, stat_type)


def _cursor(message: Mapping[str, Any], form: re.Pattern[str]) -> tuple[str, ...] | None:
    sent = message.get("cursor")
    if sent in (None, ""):
        return None
    match = form.fullmatch(sent) if isinstance(sent, str) else None
    if match is None:
        raise MessageError(refuse("cursor-malformed", field="cursor", value=sent))
    return match.groups()


def _cursor_after(row: CurrentValue) -> str:
    return f"{int((wall(row.period_start) - _EPOCH).total_seconds())}.{row.data_item_id}.{row.stat_type}"


def _profile(profile: Profile) -> WireProfile:
    return WireProfile(
        name=profile.name, dialect=profile.dialect, encrypted_fields=sorted(profile.encrypted_fields),
        valid_word=profile.valid_word, invalid_word=profile.invalid_word,
        realtime_rows_per_day=profile.realtime_rows_per_day, metering_key=profile.metering_key,
        min_tls=profile.min_tls, client_certificate=profile.client_certificate, signing=profile.signing,
        second_destination=profile.second_destination,
    )  # fmt: skip
