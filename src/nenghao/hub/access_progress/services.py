"""What this app promises to the others: progress of regions, exempt energies, faults of silence, facts for credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nenghao.hub.access_progress.evidence import plan_rows
from nenghao.hub.access_progress.exemptions import exempt_energies
from nenghao.hub.access_progress.facts import AccessFacts, facts_for_credit
from nenghao.hub.access_progress.limits import LimitsBook
from nenghao.hub.access_progress.models import Stage, Tier
from nenghao.hub.access_progress.progress import BackSchedule, Counts, Delay, Group, PlanRow, back_schedule, grouped
from nenghao.hub.access_progress.progress import counts as count
from nenghao.hub.access_progress.progress import delays as find_delays
from nenghao.hub.access_progress.silence import open_tickets_for_silence
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.readings import ReadingStore

__all__ = [
    "AccessFacts",
    "RegionProgress",
    "exempt_energies",
    "facts_for_credit",
    "open_tickets_for_silence",
    "progress",
]


@dataclass(frozen=True, slots=True)
class RegionProgress:
    """The figures of one region for a report, as they stood on a day.

    ``connected`` lists the connected enterprises by code; ``delays`` what is late, the longest first; ``schedule`` what
    is left to connect until the region's end date.
    """

    region_code: str
    on: date
    counts: Counts
    by_tier: tuple[Group, ...]
    connected: tuple[PlanRow, ...]
    delays: tuple[Delay, ...]
    schedule: BackSchedule


def progress(*, store: ReadingStore, regions: Iterable[Region], on: date) -> Mapping[str, RegionProgress]:
    """Give the progress of each region, with all that lies below it, by the region's code.

    Two queries and one look at the upload log, however many regions and enterprises there are. A region without a
    listed enterprise has counts of 0 and rates of ``None``.
    """
    limits, everyone = LimitsBook.load(), Enterprise.objects.all()
    rows = sorted(plan_rows(store=store, enterprises=everyone, on=on), key=lambda row: row.code)
    return {region.code: _of_region(region, rows, on, limits) for region in regions}


def _of_region(region: Region, rows: Sequence[PlanRow], on: date, limits: LimitsBook) -> RegionProgress:
    own = [row for row in rows if row.region_path.startswith(region.path)]
    tiers = {str(tier.value): str(tier.label) for tier in Tier}
    return RegionProgress(
        region.code, on, count(own, on), grouped(own, on, lambda row: row.tier, tiers),
        tuple(row for row in own if row.is_done(Stage.CONNECT, on)), tuple(find_delays(own, on, limits)),
        back_schedule(own, on, limits.at(region.path).connect_due_on),
    )  # fmt: skip
