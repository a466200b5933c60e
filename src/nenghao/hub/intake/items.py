"""Collect items (采集数据项) of a configuration: one row per statistic type becomes one data item.

The dictionary unit and the base unit come from the reference library, and so does what energy an item measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from nenghao.errors import NenghaoError
from nenghao.hub.intake.mappings import ConfigList, decimal
from nenghao.hub.registry.models import DataItem
from nenghao.hub.registry.totals import ENERGY_CLASSES
from nenghao.protocol import DataCode, Profile, Scope, StatType
from nenghao.protocol.enumerations import InputType, by_wire
from nenghao.reference import library
from nenghao.units import conversion_factor

SIGNED_CLASSES = frozenset({"08", "09", "10"})
"""能效指标, 经济指标, 其他数据: may be negative."""
_SCOPES, _STAT_TYPES, _INPUT_TYPES = by_wire(Scope), by_wire(StatType), by_wire(InputType)
PER_TYPE = ("name", "input_type", "value_min", "value_max", "collect_system_name", "remark")
"""Columns that the rows of an item may hold differently by statistic type."""
_PARTS = (
    "processCode", "processUnitCode", "equipmentCode", "equipmentUnitCode", "energyClassCode", "energyTypeCode",
    "dataUsageCode",
)  # fmt: skip


def item_facts(
    listed: ConfigList,
    rows: Iterable[tuple[int, Mapping[str, str]]],
    profile: Profile,
    *,
    from_platform: bool = False,
) -> list[dict]:
    """Give the columns of the data items of these rows; rows of one data code are merged, their types united.

    What a platform below says of an item's part in the total, its activity and simulation is taken too.
    """
    by_code: dict[str, dict[str, dict[str, Any]]] = {}
    for index, row in rows:
        facts = _facts(listed, index, row, profile)
        if facts is None:
            continue
        if from_platform:
            facts |= _from_below(row)
        others = by_code.setdefault(facts["data_code"], {})
        scope = next(iter(others.values()), facts)["scope"]
        if facts["scope"] != scope:
            listed.refuse(index, "scope-mismatch", "scope", row["scope"], scope)
        else:
            others[facts["stat_types"]] = facts
    return [_merged(rows) for rows in by_code.values()]


def _merged(rows: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Unite the rows of one item: the shortest statistic type speaks for it, what the others say otherwise is kept.

    Alarm limits are those of one value of the shortest type, which is how the checks of quality read them.
    """
    types = sorted(rows)
    main = rows[types[0]]
    others = {kind: {name: rows[kind][name] for name in PER_TYPE if rows[kind][name] != main[name]} for kind in types}
    return main | {
        "stat_types": "".join(types), "by_stat_type": {kind: facts for kind, facts in others.items() if facts},
        "may_be_negative": any(row["may_be_negative"] for row in rows.values()),
    }  # fmt: skip


def _from_below(row: Mapping[str, str]) -> dict[str, Any]:
    """Give what a platform below decides: the total of an enterprise must be the same at every level."""
    said = {"counts_in_total": row["countsInTotal"], "is_simulated": row["isSimulated"], "active": row["active"]}
    return {column: word.lower() in {"1", "true"} for column, word in said.items() if word} | (
        {"counts_by_choice": None} if said["counts_in_total"] else {}
    )


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
    if index in listed.refused or code is None or energy is None or stat_type is None or input_type is None:
        return None
    return {
        "data_code": str(code), "name": row["name"], "class_code": code.energy_class, "type_code": code.energy_type,
        "usage_code": code.usage, "scope": int(row["scope"]), "input_type": int(input_type),
        "stat_types": str(int(stat_type)),
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
    for name in ("dataCode", "code"):
        if row[name].replace("-", "") not in ("", text.replace("-", "")):
            listed.refuse(index, "code-malformed", name, row[name], text)
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
