"""What the checks take from other apps: rule sets, confirmations, exemptions and the validity of meters.

Each loader asks for many enterprises at once; nothing here is asked per item or per slot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from nenghao.hub.access_progress.exemptions import exempt_energies
from nenghao.hub.evidence.services import meter_validity
from nenghao.hub.evidence.validity import ItemValidity
from nenghao.hub.quality_rules.services import rules_for_many
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import BEIJING
from nenghao.quality.block import Block
from nenghao.quality.flags import Flag
from nenghao.quality.rules import RuleSet
from nenghao.readings.quality_blocks import Confirmed
from nenghao.readings.quality_writes import Meters

RuleGroup = tuple[RuleSet, tuple[int, ...]]


@dataclass(slots=True)
class RuleBook:
    """Which rule set judges which enterprise on a day; ``fixed`` judges all of them (a trial run of a draft).

    Enterprises and editions are loaded once per day asked for, however many blocks ask.
    """

    fixed: RuleSet | None = None
    _known: dict[date, dict[int, RuleSet]] = field(default_factory=dict)
    _validity: tuple[tuple[Sequence[int], date], ItemValidity] | None = None

    def groups(self, enterprise_ids: Sequence[int], on: date) -> list[RuleGroup]:
        """Part the enterprises by rule set."""
        if self.fixed is not None:
            return [(self.fixed, tuple(enterprise_ids))]
        known = self._known.setdefault(on, {})
        if unknown := set(enterprise_ids) - known.keys():
            rows = Enterprise.objects.filter(pk__in=unknown).select_related("region")
            for group in rules_for_many(rows, on):
                known |= dict.fromkeys(group.enterprise_ids, group.rules)
        parted: dict[str, tuple[RuleSet, list[int]]] = {}
        for number in enterprise_ids:
            if number in known:  # the store may still know an enterprise that the registry has lost
                parted.setdefault(known[number].key, (known[number], []))[1].append(number)
        return [(rules, tuple(numbers)) for rules, numbers in parted.values()]

    def validity(self, enterprise_ids: Sequence[int], day: date) -> ItemValidity:
        """Give the validity of the enterprises' meters over the month of a day; loaded once for its days in a row."""
        month = day.replace(day=1)
        asked = (enterprise_ids, month)
        if self._validity is None or self._validity[0] != asked:
            following = (month + timedelta(days=32)).replace(day=1)
            self._validity = asked, validity(enterprise_ids, month, following)
        return self._validity[1]


def confirmed_spans(enterprise_ids: Sequence[int], start: datetime, end: datetime) -> list[Confirmed]:
    """Give what persons have confirmed as true in ``[start, end)`` (Beijing wall time)."""
    from nenghao.hub.corrections.services import confirmations  # noqa: PLC0415  -- it asks for checks in turn

    item_ids = DataItem.objects.filter(enterprise_id__in=enterprise_ids).values_list("pk", flat=True)
    return confirmations(item_ids=item_ids, start=start.replace(tzinfo=BEIJING), end=end.replace(tzinfo=BEIJING))


def excused_items(enterprise_ids: Sequence[int], on: date) -> frozenset[int]:
    """Give the items of which nothing is due on a day, because their energy is exempt ("electricity first")."""
    exempt = exempt_energies(enterprise_ids=enterprise_ids, on=on)
    if not exempt:
        return frozenset()
    rows = DataItem.objects.filter(enterprise_id__in=list(exempt)).values_list("pk", "enterprise_id", "energy_key")
    return frozenset(pk for pk, enterprise_id, energy_key in rows if energy_key in exempt[enterprise_id])


def validity(enterprise_ids: Sequence[int], start: date, end: date) -> ItemValidity:
    """Give the validity of the meters of the enterprises' items by day."""
    return meter_validity(enterprise_ids=enterprise_ids, start=start, end=end)


def meters_of(block: Block, known: ItemValidity) -> Meters | None:
    """Say by item and day of a block whether its meter is in validity: 1, 0, or -1 where none is registered."""
    if block.stat_type >= 2 or not known.meters.any():
        return None
    days = 1 if block.stat_type == 0 else block.shape[1]
    answer = np.full((block.shape[0], days), -1, dtype=np.int8)
    at = np.searchsorted(known.item_id, block.traits.item_id)
    at = np.minimum(at, len(known.item_id) - 1)
    with_meter = (known.item_id[at] == block.traits.item_id) & (known.meters[at] > 0)
    first = (block.start.date() - known.start) // timedelta(days=1)
    valid = known.flags[at[with_meter], first : first + days] == Flag.GOOD
    answer[with_meter] = valid
    return answer
