"""Required indicators of enterprises (指标完整性): what is configured in the registry, and what of it has data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from nenghao.hub.registry.models import DataItem
from nenghao.quality.indicators import ItemFacts, RequiredSet, required_indicators
from nenghao.readings import ReadingStore
from nenghao.readings.quality import items_with_data

_FACTS = ("pk", "enterprise_id", "class_code", "type_code", "usage_code", "scope", "energy_key")


def required_sets(
    *, store: ReadingStore, enterprise_ids: Sequence[int], start: date, end: date
) -> Mapping[int, RequiredSet]:
    """Give the required indicators of every enterprise over ``[start, end)``, with one query of each store."""
    with_data: dict[int, set[int]] = {}
    for row in items_with_data(store, enterprise_ids=enterprise_ids, start=start, end=end):
        with_data.setdefault(row.data_item_id, set()).add(row.stat_type)
    facts: dict[int, list[ItemFacts]] = {key: [] for key in enterprise_ids}
    rows = DataItem.objects.filter(enterprise_id__in=list(enterprise_ids), active=True).values_list(*_FACTS)
    for key, enterprise_id, class_code, type_code, usage_code, scope, energy_key in rows.iterator():
        facts[enterprise_id].append(ItemFacts(
            class_code=class_code, type_code=type_code, usage_code=usage_code, scope=scope, energy_key=energy_key,
            with_data=frozenset(with_data.get(key, ())),
        ))  # fmt: skip
    return {key: required_indicators(items) for key, items in facts.items()}
