"""Collect items (采集数据项) of a configuration: one row per statistic type becomes one data item.

The dictionary unit and the base unit come from the reference library, and so does what energy an item measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.hub.intake.mappings import ConfigList, decimal
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.protocol import DataCode, Profile, Scope, StatType
from nenghao.protocol.enumerations import InputType, by_wire
from nenghao.reference import library
from nenghao.units import conversion_factor

ENERGY_CLASSES = frozenset({"01", "02", "03"})
"""一次能源, 二次能源, 耗能工质."""
SIGNED_CLASSES = frozenset({"08", "09", "10"})
"""能效指标, 经济指标, 其他数据: may be negative."""
PURCHASED, PRODUCED = "10", "30"
_SCOPES, _STAT_TYPES, _INPUT_TYPES = by_wire(Scope), by_wire(StatType), by_wire(InputType)
_PARTS = (
    "processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode", "energyClassCode", "energyTypeCode",
    "dataUsageCode",
)  # fmt: skip


def item_facts(listed: ConfigList, rows: Iterable[tuple[int, Mapping[str, str]]], profile: Profile) -> list[dict]:
    """Give the columns of the data items of these rows; rows of one data code are merged, their types united."""
    merged: dict[str, dict[str, Any]] = {}
    for index, row in rows:
        facts = _facts(listed, index, row, profile)
        if facts is None:
            continue
        earlier = merged.get(facts["data_code"])
        if earlier is not None:
            facts["stat_types"] = "".join(sorted(set(earlier["stat_types"] + facts["stat_types"])))
        merged[facts["data_code"]] = facts
    return list(merged.values())


def count_in_total(enterprise: Enterprise, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Say which items make up the enterprise's total, so that no energy counts twice; give all rows to put.

    Per energy it is the whole-plant item of what was purchased (usage 10), else of the lowest usage other than
    produced (30). Items known from earlier uploads take part, and come back when the choice moves away from them.
    """
    rows = {row["data_code"]: row for row in facts}
    for item in DataItem.objects.filter(enterprise=enterprise, scope=Scope.PLANT, active=True).values(
        "data_code", "energy_key", "class_code", "usage_code", "scope", "counts_in_total"
    ):
        rows.setdefault(item["data_code"], dict(item))
    chosen: dict[str, tuple[bool, str, str]] = {}
    for row in rows.values():
        if _may_count(row):
            rank = (row["usage_code"] != PURCHASED, row["usage_code"], row["data_code"])
            chosen[row["energy_key"]] = min(rank, chosen.get(row["energy_key"], rank))
    winners = {code for _, _, code in chosen.values()}
    given = {row["data_code"] for row in facts}
    moved = [code for code, row in rows.items() if code not in given and row["counts_in_total"] != (code in winners)]
    for row in facts:
        row["counts_in_total"] = row["data_code"] in winners
    return facts + [{"data_code": code, "counts_in_total": code in winners} for code in moved]


def _may_count(row: Mapping[str, Any]) -> bool:
    return (
        row["scope"] == Scope.PLANT and bool(row["energy_key"]) and row["class_code"] in ENERGY_CLASSES
        and row["usage_code"] != PRODUCED
    )  # fmt: skip


def _facts(listed: ConfigList, index: int, row: Mapping[str, str], profile: Profile) -> dict[str, Any] | None:
    code = _data_code(listed, index, row)
    energy = _energy(listed, index, code) if code is not None else None
    limits = _limits(listed, index, row)
    stat_type, input_type = _STAT_TYPES.get(row["statType"]), _INPUT_TYPES.get(row["inputType"])
    if stat_type is None:
        listed.refuse(index, "stat-type-unknown", "statType", row["statType"])
    if input_type is None:
        listed.refuse(index, "input-type-unknown", "inputType", row["inputType"])
    minutes = _realtime_minutes(listed, index, row, profile)
    for wire_name, column in (("name", "name"), ("collectSystemName", "collect_system_name")):
        listed.fits(index, wire_name, DataItem, column, row[wire_name])
    if index in listed.refused or code is None or energy is None:
        return None
    return {
        "data_code": str(code), "name": row["name"], "class_code": code.energy_class, "type_code": code.energy_type,
        "usage_code": code.usage, "scope": int(row["scope"]), "input_type": input_type, "stat_types": str(stat_type),
        "realtime_minutes": minutes, "value_min": limits[0], "value_max": limits[1], "active": True,
        "may_be_negative": code.energy_class in SIGNED_CLASSES or row["mayBeNegative"].lower() in {"1", "true"},
        "collect_system_name": row["collectSystemName"], "remark": row["remark"], **energy,
    }  # fmt: skip


def _data_code(listed: ConfigList, index: int, row: Mapping[str, str]) -> DataCode | None:
    text = "{}-{}-{}{}-{}{}-{}".format(*(row[part] for part in _PARTS))
    scope = _SCOPES.get(row["scope"])
    if scope is None:
        listed.refuse(index, "scope-unknown", "scope", row["scope"])
        return None
    if row["dataCode"] not in ("", text):
        listed.refuse(index, "code-malformed", "dataCode", row["dataCode"], text)
        return None
    try:
        code = DataCode.parse(text)
        code.check_scope(scope)
    except NenghaoError as error:
        listed.refuse(index, error.code, error.field, text)
        return None
    return code


def _energy(listed: ConfigList, index: int, code: DataCode) -> dict[str, Any] | None:
    """Give energy, units and factor of an item; what is not energy, or is the sum 0000, travels in its own unit."""
    if code.energy_class not in ENERGY_CLASSES or code.energy_type == "0000":
        return {"energy_key": "", "wire_unit": "", "base_unit": "", "wire_to_base": 1.0}
    energy = library().energy_by_wire_code(code.energy_class, code.energy_type)
    if energy is None:
        listed.refuse(index, "energy-type-unknown", "energyTypeCode", code.energy_class + code.energy_type)
        return None
    return {
        "energy_key": energy.key, "wire_unit": energy.wire_unit, "base_unit": energy.base_unit,
        "wire_to_base": conversion_factor(energy.wire_unit, energy.base_unit),
    }  # fmt: skip


def _limits(listed: ConfigList, index: int, row: Mapping[str, str]) -> tuple[float | None, float | None]:
    """Give the alarm limits in the wire unit; an empty one means no alarm."""
    try:
        low, high = (decimal(row[name]) if row[name] else None for name in ("dataValueMin", "dataValueMax"))
    except ValueError:
        low = high = math.nan  # refused below: no number is between
    if low is not None and high is not None and not low <= high:
        listed.refuse(index, "value-range", "dataValueMin", f"{row['dataValueMin']}…{row['dataValueMax']}")
        return None, None
    return low, high


def _realtime_minutes(listed: ConfigList, index: int, row: Mapping[str, str], profile: Profile) -> int:
    sent = row["realtimeMinutes"] or str(profile.realtime_minutes)
    if sent not in {"15", "30", "60"}:
        listed.refuse(index, "realtime-minutes", "realtimeMinutes", sent)
        return profile.realtime_minutes
    return int(sent)
