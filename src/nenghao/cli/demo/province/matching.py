"""Holds the findings of the checks against the truth: what was found of each kind, and what was called a fault in vain.

A fault is *found* by a finding of the check expected to see it, on its item, that overlaps its span (widened by one
slot, for a change shows where it ends). A fault of a whole plant is found when nine tenths of the plant's items that
must send that statistic type have such a finding. A finding is *explained* by a fault of its item (for comparisons: of
its enterprise and energy) that overlaps it and either expects its code or names it among its consequences. Everything
else is a false alarm, also what a check says of a real stop, trip or batch.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from nenghao.cli.demo.province.truth import Fault
from nenghao.quality.codes import CHECK_CODES, COMPARISON_CODES

WHOLE_PLANT_SHARE = 0.9
LEAST_RECALL, LEAST_PRECISION = 0.95, 0.9
_SLOT = {0: timedelta(minutes=15), 1: timedelta(days=1), 2: timedelta(days=31)}


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as the store has it, in the truth's names; ``data_code`` empty: of the enterprise as a whole."""

    enterprise: str
    data_code: str
    other_code: str
    energy_key: str
    stat_type: int
    start: datetime
    end: datetime
    check_code: str


@dataclass(frozen=True, slots=True)
class Item:
    """What matching must know of an item."""

    energy_key: str
    stat_types: str


Items = Mapping[tuple[str, str], Item]


def overlaps(fault: Fault, found: Found) -> bool:
    """Tell whether a finding overlaps a fault's span, widened by a slot of the longer of the two."""
    slack = _SLOT[found.stat_type] if found.stat_type == fault.stat_type else timedelta()
    start, end = datetime.fromisoformat(fault.start), datetime.fromisoformat(fault.end)
    if found.stat_type > fault.stat_type:
        slack = _SLOT[fault.stat_type]
    return found.start < end + slack and found.end > start - slack


def same_place(fault: Fault, found: Found, items: Items) -> bool:
    """Tell whether a finding speaks of a fault's item: itself, as the other series, or by enterprise and energy."""
    if not fault.data_code or fault.data_code in {found.data_code, found.other_code}:
        return True
    if found.check_code not in COMPARISON_CODES:
        return False
    own = items[fault.enterprise, fault.data_code].energy_key
    there = items.get((found.enterprise, found.data_code))
    return bool(own) and own == (found.energy_key or (there.energy_key if there else ""))


def explains(fault: Fault, found: Found, items: Items) -> bool:
    """Tell whether a fault accounts for a finding."""
    known = found.check_code == fault.check_code or found.check_code in fault.consequences
    return known and overlaps(fault, found) and same_place(fault, found, items)


def judge(faults: Sequence[Fault], findings: Iterable[Found], items: Items) -> dict[str, Any]:
    """Give recall by kind and precision by check, and whether all reach what is asked."""
    by_enterprise: defaultdict[str, list[Found]] = defaultdict(list)
    for found in findings:
        by_enterprise[found.enterprise].append(found)
    of_enterprise: defaultdict[str, list[Fault]] = defaultdict(list)
    for fault in faults:
        of_enterprise[fault.enterprise].append(fault)
    kinds = _recall(faults, by_enterprise, items)
    checks, missed = _precision(by_enterprise, of_enterprise, items)
    good = all(row["recall"] >= LEAST_RECALL for row in kinds.values()) and all(
        row["precision"] >= LEAST_PRECISION for row in checks.values()
    )
    return {"ok": good, "kinds": kinds, "checks": checks, "false_alarms": missed}


def _recall(
    faults: Sequence[Fault], by_enterprise: Mapping[str, Sequence[Found]], items: Items
) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for fault in faults:
        row = rows.setdefault(fault.kind, {"check": fault.check_code, "faults": 0, "found": 0, "missed": []})
        row["faults"] += 1
        if is_found(fault, by_enterprise.get(fault.enterprise, ()), items):
            row["found"] += 1
        elif len(row["missed"]) < 5:
            row["missed"].append({
                "enterprise": fault.enterprise, "data_code": fault.data_code, "start": fault.start, "end": fault.end,
                **fault.severity,
            })  # fmt: skip
    for row in rows.values():
        row["recall"] = round(row["found"] / row["faults"], 4)
    return rows


def is_found(fault: Fault, findings: Iterable[Found], items: Items) -> bool:
    """Tell whether the expected check saw a fault."""
    seen = [one for one in findings if one.check_code == fault.check_code and overlaps(fault, one)]
    if fault.data_code:
        return any(same_place(fault, one, items) for one in seen)
    due = {
        code for (enterprise, code), item in items.items()
        if enterprise == fault.enterprise and str(fault.stat_type) in item.stat_types
    }  # fmt: skip
    told = {one.data_code for one in seen if one.stat_type == fault.stat_type}
    return bool(due) and len(told & due) >= WHOLE_PLANT_SHARE * len(due)


def _precision(
    by_enterprise: Mapping[str, Sequence[Found]], of_enterprise: Mapping[str, Sequence[Fault]], items: Items
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    said, true = Counter[str](), Counter[str]()
    alarms: list[dict[str, Any]] = []
    told = Counter[str]()
    for enterprise, findings in by_enterprise.items():
        for found in findings:
            said[found.check_code] += 1
            if any(explains(fault, found, items) for fault in of_enterprise.get(enterprise, ())):
                true[found.check_code] += 1
            elif told[found.check_code] < 5:
                told[found.check_code] += 1
                alarms.append({
                    "check": found.check_code, "enterprise": enterprise, "data_code": found.data_code,
                    "stat_type": found.stat_type, "start": str(found.start), "end": str(found.end),
                })  # fmt: skip
    rows = {
        code: {"findings": said[code], "explained": true[code], "precision": round(true[code] / said[code], 4)}
        for code in CHECK_CODES if said[code]
    }  # fmt: skip
    return rows, alarms
