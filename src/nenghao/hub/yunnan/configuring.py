"""Configuration of dialect B in the registry's terms: what a record becomes, checked as dialect A's rows are.

How the fields of an instrument answer to those of dialect A is our reading of their names; a management number is the
type (8), the level (1) and the serial number (3) together.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.db import models

from nenghao.hub.evidence.entry import EVENTS, enter
from nenghao.hub.evidence.models import EventKind, Via
from nenghao.hub.intake.items import item_facts
from nenghao.hub.intake.mappings import METER, ConfigList
from nenghao.hub.registry import configuration
from nenghao.hub.registry.models import Equipment, Meter, Process, ProcessUnit
from nenghao.hub.registry.models.assets import MeasureState
from nenghao.hub.registry.totals import with_totals
from nenghao.hub.yunnan.exchange import Exchange, raise_first
from nenghao.hub.yunnan.models import KeptRecord
from nenghao.periods import from_wall, to_beijing
from nenghao.protocol import CollectItemConfig, DataCode, MessageError, MeteringInfo, Profile, Rejection, refuse
from nenghao.protocol.yunnan import from_wire_code

_TWO_DIGITS = re.compile(r"\d\d", re.ASCII)
_TWO_DIGITS_WORDS = "2 位数字 / 2 digits"
_PARTS = {
    "process": "processCode", "process_unit": "processUnitCode", "equipment": "equipmentCode",
    "equipment_unit": "equipmentUnitCode", "energy_class": "energyClassCode", "energy_type": "energyTypeCode",
    "usage": "dataUsageCode",
}  # fmt: skip
_GAUGE = {
    "meterName": "meteringName", "meterType": "meteringType", "meterLevel": "meteringLevel",
    "params": "meteringParameter", "dataCode": "dataCode", "reportArithmetic": "dataCodeCalculate",
    "reportRatio": "dataCodeRatio", "manufacturer": "manuFacturer", "model": "typeSpecification",
    "precisionLevel": "accuracyLevel", "ranges": "measureRange", "alignState": "calibrationState",
    "alignCycle": "calibrationCycle", "lastAlignDate": "latelyCalibration", "alignOrg": "inspectionOrganization",
    "nextAlignDate": "nextCalibration", "unAlignReason": "notCalibration", "location": "installationSite",
    "installer": "installOrg", "installTime": "installDate", "linkSys": "usrSystem", "currentState": "measureState",
    "stateChangeTime": "measureStateDate",
}  # fmt: skip
"""Field of an instrument in dialect B → in dialect A."""


def put_process(exchange: Exchange, body: dict[str, str]) -> None:
    """Put a process; 00, the whole plant, is no process of the registry."""
    code = _two_digits("processCode", body["processCode"])
    if code != "00":
        facts = {"code": code, "name": body["processName"], "remark": body.get("remark", "")}
        _put(exchange, configuration.put_processes, facts)


def put_unit(exchange: Exchange, body: dict[str, str]) -> None:
    """Put a unit of a process that is there."""
    facts: dict[str, Any] = {
        "process_id": _process(exchange, body["processCode"]).pk, "code": _two_digits("unitCode", body["unitCode"]),
        "name": body["unitName"], "designed_capacity": body.get("designedCapacity", ""),
    }  # fmt: skip
    if body.get("commDate"):
        facts["commissioned_on"] = _moment(body["commDate"]).date()
    _put(exchange, configuration.put_process_units, facts)


def put_device(exchange: Exchange, body: dict[str, str]) -> None:
    """Put key equipment. ``processUnitCode`` is process and unit; ``deviceNo`` the number, with the type before it."""
    kind = _two_digits("deviceType", body["deviceType"])
    number = _two_digits("deviceNo", _device_number(kind, body["deviceNo"]))
    facts = {
        "process_unit_id": _unit_pk(exchange, body.get("processUnitCode", "")), "type_code": kind, "number": number,
        "name": body["deviceName"], "model": body.get("model", ""), "manufacturer": body.get("manufacturer", ""),
        "commissioned_on": _moment(body["usingDate"]).date() if body.get("usingDate") else None,
    }  # fmt: skip
    _fit(Equipment, facts, {"name": "deviceName", "model": "model", "manufacturer": "manufacturer"})
    _put(exchange, configuration.put_equipment, facts)


def put_gauge(exchange: Exchange, body: dict[str, str]) -> None:
    """Put a metering instrument."""
    told = body | {"dataCode": from_wire_code(body.get("dataCode", ""))}
    row = {_GAUGE[name]: text for name, text in told.items() if name in _GAUGE} | {"manageCode": manage_code(body)}
    rejections: list[Rejection] = []
    facts = ConfigList("", MeteringInfo, rejections).facts(0, row, METER)
    raise_first(rejections, {theirs: own for own, theirs in _GAUGE.items()} | {"manageCode": "manageNo"})
    _put(exchange, configuration.put_meters, facts)


def stop_gauge(exchange: Exchange, body: dict[str, str]) -> None:
    """Mark a deleted instrument as stopped; its history stays."""
    facts = {
        "manage_code": manage_code(body), "state": MeasureState.STOPPED,
        "state_since": to_beijing(exchange.call.received_at).date(),
    }  # fmt: skip
    _put(exchange, configuration.put_meters, facts)


def put_replacement(exchange: Exchange, body: dict[str, str]) -> None:
    """Enter the replacement of an instrument as an event; dialect B tells no registers, so they stay open."""
    at = _moment(body["installTime"])
    row = {
        "meter_id": gauge_of(exchange).pk, "kind": EventKind.REPLACEMENT, "at": at, "final_register": None,
        "initial_register": None, "multiplier": None, "serial_number": body.get("installSerNo", ""),
        "reason": body.get("remark", "")[:200], "document": "",
    }  # fmt: skip
    enter(
        actor=exchange.actor, now=exchange.call.received_at, enterprise=exchange.enterprise, ledger=EVENTS, rows=[row],
        via=Via.GATEWAY,
    )  # fmt: skip


def put_verification(exchange: Exchange, body: dict[str, str]) -> None:
    """Put the dates of a verification; the evidence ledger keeps them as the meter's record, since no number comes."""
    facts = {
        "manage_code": gauge_of(exchange).manage_code, "verified_on": _moment(body["verifyTime"]).date(),
        "verified_by": body.get("verifyOrg", ""),
    }  # fmt: skip
    if body.get("nextAlignDate"):
        facts["verify_next_on"] = _moment(body["nextAlignDate"]).date()
    _put(exchange, configuration.put_meters, facts)


def put_item(exchange: Exchange, body: dict[str, str]) -> None:
    """Put a data item as all its live records say it: one per statistic type; without any it is switched off."""
    mine = KeptRecord.objects.filter(
        enterprise=exchange.enterprise, kind="dataCollectConfigure", deleted_at=None, body__dataCode=body["dataCode"]
    ).order_by("changed_at", "pk")
    bodies = list(mine.values_list("body", flat=True))
    code = from_wire_code(body["dataCode"])
    if not bodies:
        facts = [{"data_code": code, "active": False}]
    else:
        rejections: list[Rejection] = []
        items = ConfigList("", CollectItemConfig, rejections)
        rows = ((index, _item_row(items, index, told)) for index, told in enumerate(bodies))
        facts = item_facts(items, ((index, row) for index, row in rows if row), Profile.load("yunnan"))
        raise_first(rejections)
        facts = _linked(exchange, facts)
    configuration.put_data_items(
        actor=exchange.actor, now=exchange.call.received_at, enterprise=exchange.enterprise,
        rows=with_totals(exchange.enterprise, facts) if bodies else facts,
    )  # fmt: skip


def gauge_of(exchange: Exchange) -> Meter:
    """Give the instrument that a replacement or verification is about: by dataIndex, management or serial number."""
    mine = KeptRecord.objects.filter(enterprise=exchange.enterprise, kind="gaugeConfigure", deleted_at=None)
    fields = exchange.fields
    found = None
    if "dataIndex" in fields:
        found = mine.filter(data_index=fields["dataIndex"]).first()
    elif all(name in fields for name in ("meterType", "meterLevel", "manageNo")):
        found = mine.filter(key="|".join(fields[name] for name in ("meterType", "meterLevel", "manageNo"))).first()
    elif serial := fields.get("replacedSerno") or fields.get("serNo"):
        found = mine.filter(body__serNo=serial).first()
    if found is None:
        raise MessageError(refuse("gauge-unknown", field="dataIndex", value=fields.get("dataIndex", "")))
    return Meter.objects.get(enterprise=exchange.enterprise, manage_code=manage_code(found.body))


def manage_code(body: dict[str, str]) -> str:
    """Give an instrument's management number: type, level and serial number."""
    return body["meterType"] + body["meterLevel"] + body["manageNo"]


def _put(exchange: Exchange, put: Any, facts: dict[str, Any]) -> None:
    put(actor=exchange.actor, now=exchange.call.received_at, enterprise=exchange.enterprise, rows=[facts])


def _device_number(kind: str, sent: str) -> str:
    """Give the two digits of ``deviceNo``, which may have four: the type or zeros before them.

    >>> _device_number("01", "0107"), _device_number("01", "0007"), _device_number("01", "7")
    ('07', '07', '07')
    """
    if len(sent) < 4:
        return sent.zfill(2)
    return sent.removeprefix(kind) if sent.startswith(kind) else sent.removeprefix("00")


def _two_digits(name: str, code: str) -> str:
    if not _TWO_DIGITS.fullmatch(code):
        raise MessageError(refuse("code-malformed", field=name, value=code, more=_TWO_DIGITS_WORDS))
    return code


def _moment(text: str) -> datetime:
    """Read a timestamp that the field table let pass (Beijing wall time)."""
    return from_wall(datetime.fromisoformat(text))


def _process(exchange: Exchange, code: str) -> Process:
    found = Process.objects.filter(enterprise=exchange.enterprise, code=code).first()
    if found is None:
        raise MessageError(refuse("process-unknown", field="processCode", value=code))
    return found


def _unit_pk(exchange: Exchange, code: str) -> int | None:
    """Find the unit that process and unit together name; nothing or zeros is the whole plant."""
    if not code.strip("0"):
        return None
    found = ProcessUnit.objects.filter(
        process__enterprise=exchange.enterprise, process__code=code[:2], code=code[2:]
    ).first()
    if found is None:
        raise MessageError(refuse("unit-unknown", field="processUnitCode", value=code))
    return found.pk


def _fit(model: type[models.Model], facts: dict[str, Any], names: dict[str, str]) -> None:
    """Refuse what a column does not take."""
    rejections: list[Rejection] = []
    fields = ConfigList("", MeteringInfo, rejections)
    for column, name in names.items():
        fields.fits(0, name, model, column, facts[column])
    raise_first(rejections)


def _item_row(items: ConfigList, index: int, told: dict[str, str]) -> dict[str, str] | None:
    """Give a record as a row of dialect A; the parts of the code that are not told are those of the code."""
    code = from_wire_code(told["dataCode"])
    if not DataCode.matches(code):
        items.refuse(index, "data-code-malformed", "dataCode", told["dataCode"])
        return None
    parts = DataCode.parse(code)
    row = {wire: told.get(wire) or getattr(parts, name) for name, wire in _PARTS.items()}
    return items.text_row(index, told | row | {"name": told["collectItemName"], "dataCode": code})


def _linked(exchange: Exchange, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Point items at their process, unit and equipment, where the enterprise has them."""
    for row in facts:
        code = DataCode.parse(row["data_code"])
        unit = ProcessUnit.objects.filter(
            process__enterprise=exchange.enterprise, process__code=code.process, code=code.process_unit
        ).first()
        process = Process.objects.filter(enterprise=exchange.enterprise, code=code.process).first()
        machine = Equipment.objects.filter(
            enterprise=exchange.enterprise, process_unit=unit, type_code=code.equipment, number=code.equipment_unit
        ).first()
        row["process_id"], row["process_unit_id"] = process and process.pk, unit and unit.pk
        row["equipment_id"] = machine and machine.pk
    return facts
