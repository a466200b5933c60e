"""Which data items make up an enterprise's total (计入综合能耗), so that no energy counts twice.

The rule chooses per energy; an officer's choice for an item outlasts every configuration upload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.hub.registry.models.collection import Scope

ENERGY_CLASSES = frozenset({"01", "02", "03"})
"""一次能源, 二次能源, 耗能工质."""
PURCHASED, PRODUCED = "10", "30"
COLUMNS = ("data_code", "energy_key", "class_code", "usage_code", "scope", "counts_in_total", "counts_by_choice")
"""What the rule must know of an item."""

Facts = Mapping[str, Any]


def counting_codes(items: Iterable[Facts]) -> frozenset[str]:
    """Give the data codes that make up the total; each item has the keys :data:`COLUMNS`.

    What was chosen by hand counts, or does not. Of an energy of which nothing was chosen to count, the rule takes the
    whole-plant item of what was purchased (usage 10), else of the lowest usage other than produced (30).
    """
    by_hand: dict[str, set[str]] = {}
    by_rule: dict[str, tuple[bool, str, str]] = {}
    for item in items:
        energy = item["energy_key"]
        if item.get("counts_by_choice"):
            by_hand.setdefault(energy, set()).add(item["data_code"])
        elif item.get("counts_by_choice") is None and _may_count(item):
            rank = (item["usage_code"] != PURCHASED, item["usage_code"], item["data_code"])
            by_rule[energy] = min(rank, by_rule.get(energy, rank))
    ruled = {code for energy, (_, _, code) in by_rule.items() if energy not in by_hand}
    return frozenset(ruled.union(*by_hand.values()))


def _may_count(item: Facts) -> bool:
    return (
        item["scope"] == Scope.PLANT and bool(item["energy_key"]) and item["class_code"] in ENERGY_CLASSES
        and item["usage_code"] != PRODUCED
    )  # fmt: skip


def with_totals(enterprise: Enterprise, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give configured rows with ``counts_in_total`` set, and those rows of earlier uploads from which it moves."""
    known = {row["data_code"]: dict(row) for row in _active_items(enterprise)}
    rows = known | {row["data_code"]: known.get(row["data_code"], {}) | row for row in facts}
    counting = counting_codes(rows.values())
    given = {row["data_code"] for row in facts}
    return [row | {"counts_in_total": row["data_code"] in counting} for row in facts] + _moved(known, counting, given)


@transaction.atomic
def choose_total(
    *, actor: Actor, now: datetime, enterprise: Enterprise, data_code: str, counts: bool | None, reason: str
) -> DataItem:
    """Choose whether an item counts, for good; ``None`` leaves it to the rule again. The others follow the rule."""
    Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    item = DataItem.objects.filter(enterprise=enterprise, data_code=data_code, active=True).first()
    if item is None:
        raise NenghaoError("item-unknown", "没有这个采集数据项", "there is no such data item", record=data_code)
    if counts and (not item.energy_key or item.class_code not in ENERGY_CLASSES):
        raise NenghaoError(
            "item-not-energy", "该数据项不是能源，不能计入综合能耗", "the item is no energy and cannot count",
            record=data_code, field="counts_in_total",
        )  # fmt: skip
    if not reason.strip():
        raise NenghaoError("reason-missing", "请填写理由", "a reason is needed", record=data_code, field="reason")
    before, item.counts_by_choice = item.counts_by_choice, counts
    item.save(update_fields=["counts_by_choice"])
    known = {row["data_code"]: row for row in _active_items(enterprise)}
    put_data_items(actor=actor, now=now, enterprise=enterprise, rows=_moved(known, counting_codes(known.values())))
    record(
        actor=actor, now=now, action="total-chosen", object_type="dataitem",
        object_key=f"{enterprise.code} {data_code}", region_path=enterprise.region.path,
        before={"counts_by_choice": before}, after={"counts_by_choice": counts}, reason=reason.strip()[:200],
    )  # fmt: skip
    item.refresh_from_db()
    return item


def _active_items(enterprise: Enterprise) -> Iterable[Facts]:
    return DataItem.objects.filter(enterprise=enterprise, active=True).values(*COLUMNS)


def _moved(known: Mapping[str, Facts], counting: frozenset[str], given: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Give the rows, apart from ``given``, whose part in the total changes."""
    return [
        {"data_code": code, "counts_in_total": code in counting}
        for code, row in known.items()
        if code not in given and row["counts_in_total"] != (code in counting)
    ]
