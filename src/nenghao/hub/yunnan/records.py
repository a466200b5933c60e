"""Records by ``dataIndex``: added, changed, deleted, each within its own enterprise alone.

A record is known by our number and by its key (the codes that name it, or a digest of what it says). Adding what is
there already gives the same number again and counts as a change, so that a gateway whose answer was lost doubles
nothing. What belongs in the registry is put there in the same transaction.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction

from nenghao.hub.audit.services import record
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.yunnan import configuring
from nenghao.hub.yunnan.exchange import Exchange, taken
from nenghao.hub.yunnan.information import require_versions
from nenghao.hub.yunnan.models import KeptRecord, Picture
from nenghao.hub.yunnan.pictures import put_pictures, without_pictures
from nenghao.protocol import MessageError, refuse

MAX_RECORDS = 20_000
"""Of one enterprise and kind; the largest list known has a few thousand data items."""
_KEYS: dict[str, tuple[str, ...]] = {
    "processConfigure": ("processCode",), "unitConfigure": ("processCode", "unitCode"),
    "deviceConfigure": ("processUnitCode", "deviceType", "deviceNo"),
    "gaugeConfigure": ("meterType", "meterLevel", "manageNo"), "dataCollectConfigure": ("dataCode", "statType"),
}  # fmt: skip
"""What names a record of a kind; of the other kinds all that it says."""
Put = Callable[[Exchange, dict[str, str]], None]
_PUT: dict[str, Put] = {
    "processConfigure": configuring.put_process, "unitConfigure": configuring.put_unit,
    "deviceConfigure": configuring.put_device, "gaugeConfigure": configuring.put_gauge,
    "dataCollectConfigure": configuring.put_item, "gaugeReplaceConfigure": configuring.put_replacement,
    "gaugeVerifyConfigure": configuring.put_verification,
}  # fmt: skip
_TAKE_AWAY: dict[str, Put] = {
    "gaugeConfigure": configuring.stop_gauge, "dataCollectConfigure": configuring.put_item,
}  # fmt: skip
"""What a deletion does to the registry; processes, units and equipment stay there, since history hangs on them."""


def keep(exchange: Exchange) -> dict[str, Any]:
    """Take any ``…/add``, ``…/update``, ``…/delete``, or a record whose path has none of them (``put``)."""
    require_versions(exchange)
    verb = exchange.operation.verb
    with transaction.atomic():
        Enterprise.objects.select_for_update().values_list("pk").get(pk=exchange.enterprise.pk)  # one after the other
        if verb == "delete":
            found = _delete(exchange)
        elif verb == "update" or (verb == "put" and exchange.given("dataIndex") and not _about_gauge(exchange)):
            found = _update(exchange)
        else:
            found = _add(exchange)
    if found.kind in _PUT:  # the store knows an item before a reading of it comes
        exchange.call.snapshot.refresh()
    return taken(exchange, {"dataIndex": found.data_index})


def _about_gauge(exchange: Exchange) -> bool:
    """Tell whether ``dataIndex`` names the instrument that was replaced or verified, not the record itself."""
    return exchange.operation.kind in ("gaugeReplaceConfigure", "gaugeVerifyConfigure")


def _add(exchange: Exchange) -> KeptRecord:
    body, kind = without_pictures(exchange), exchange.operation.kind
    if _about_gauge(exchange):
        body["gauge"] = configuring.gauge_of(exchange).manage_code
    key, now = _key(kind, body), exchange.call.received_at
    live = KeptRecord.objects.filter(enterprise=exchange.enterprise, kind=kind, deleted_at=None)
    found = live.filter(key=key).first()
    if found is not None:
        return _write(exchange, found, body)
    if live.count() >= MAX_RECORDS:
        raise MessageError(refuse("too-many-records", value=MAX_RECORDS, more=MAX_RECORDS))
    found = KeptRecord(
        enterprise=exchange.enterprise, kind=kind, data_index=uuid.uuid4().hex, key=key, body=None, created_at=now
    )
    return _write(exchange, found, body)


def _update(exchange: Exchange) -> KeptRecord:
    found, body = _find(exchange), without_pictures(exchange)
    key = _key(found.kind, body)
    if found.kind in _KEYS and key != found.key:
        raise MessageError(refuse("index-key", field=_KEYS[found.kind][-1], more=", ".join(_KEYS[found.kind])))
    same = KeptRecord.objects.filter(enterprise=found.enterprise, kind=found.kind, key=key, deleted_at=None)
    if same.exclude(pk=found.pk).exists():
        key = f"{key}|{found.data_index}"  # two records that say the same keep their own numbers
    found.key = key
    return _write(exchange, found, body)


def _delete(exchange: Exchange) -> KeptRecord:
    found = _find(exchange)
    found.deleted_at = found.changed_at = exchange.call.received_at
    found.save()
    Picture.objects.filter(data_index=found.data_index).delete()
    if found.kind in _TAKE_AWAY:
        _TAKE_AWAY[found.kind](exchange, found.body)
    _audit(exchange, found, "deleted", before=found.body, after={})
    return found


def _find(exchange: Exchange) -> KeptRecord:
    """Give the record that ``dataIndex`` names, if it is of this enterprise and kind."""
    index = exchange.given("dataIndex")
    found = KeptRecord.objects.filter(
        data_index=index, enterprise=exchange.enterprise, kind=exchange.operation.kind, deleted_at=None
    ).first()
    if found is None:
        raise MessageError(refuse("index-unknown", field="dataIndex", value=index))
    return found


def _write(exchange: Exchange, found: KeptRecord, body: dict[str, str]) -> KeptRecord:
    put_pictures(exchange, found.data_index)
    if found.body == body:
        return found
    before, found.body, found.changed_at = found.body or {}, body, exchange.call.received_at
    found.save()
    if found.kind in _PUT:
        _PUT[found.kind](exchange, body)
    _audit(exchange, found, "kept", before=before, after=body)
    return found


def _audit(exchange: Exchange, found: KeptRecord, word: str, *, before: dict[str, str], after: dict[str, str]) -> None:
    record(
        actor=exchange.actor, now=exchange.call.received_at, action=f"yunnan-record-{word}", object_type=found.kind,
        object_key=found.data_index, region_path=exchange.enterprise.region.path, before=before, after=after,
    )  # fmt: skip


def _key(kind: str, body: dict[str, str]) -> str:
    if kind in _KEYS:
        return "|".join(body.get(name, "") for name in _KEYS[kind])
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
