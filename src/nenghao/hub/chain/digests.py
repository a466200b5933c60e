"""Digests of days: what both sides of a link say of an enterprise's day, and how two of them are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from nenghao.hub.chain.models import ComparedDay, DayState, ForwardedDay, ReceivedDay
from nenghao.periods import PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import enterprise_cells
from nenghao.readings.forwarding import Coverage, digest_days

MOST_ENTERPRISES = 200
"""Enterprises in one message of ``uploadDigest`` …"""
MOST_DAYS = 31
"""… and days."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""What the columns of counts take; anything else in a message is refused as a whole."""
Fingerprint = Annotated[str, msgspec.Meta(max_length=32, pattern="^[^\\x00]*$")]
EnergyKey = Annotated[str, msgspec.Meta(max_length=60, pattern="^[^\\x00]*$")]
"""Without the NUL that no database takes."""


class WireDay(msgspec.Struct, rename="camel", omit_defaults=True):
    """One enterprise's day as it travels. ``totals``: energy → [quantity in its base unit, tce or null]."""

    day: str
    count: Count = 0
    missing: Count = 0
    fingerprint: Fingerprint = ""
    totals: dict[EnergyKey, list[float | None]] = {}


class WireEnterprise(msgspec.Struct, rename="camel", omit_defaults=True):
    """One enterprise's days; ``realtime``: its real-time slots are forwarded; ``known`` is the answer's."""

    enterprise_code: str
    realtime: bool = False
    known: bool = True
    days: list[WireDay] = []


class WireItem(msgspec.Struct, rename="camel"):
    """Counts and sums of one item and statistic type of a day; sums are of millionths of the base unit, as text."""

    enterprise_code: str
    day: str
    data_code: str
    stat_type: int
    count: int
    missing: int
    estimated: int
    sum: str
    place_sum: str


class DigestUpload(msgspec.Struct, rename="camel"):
    """``uploadDigest``: the days ``[start, end)`` of enterprises; ``items`` asks for their items as well.

    ``own_items``: what the sender has of the days named in ``enterprises``, item by item.
    """

    device_id: str
    start: str
    end: str
    stat_types: str = "123"
    enterprises: list[WireEnterprise] = []
    items: bool = False
    own_items: list[WireItem] = []


class DigestAnswer(msgspec.Struct, rename="camel", omit_defaults=True):
    """The platform above says the same of itself; ``last_batch`` is the newest batch of readings from the sender."""

    response_code: str
    response_message: str
    last_batch: int = 0
    enterprises: list[WireEnterprise] = []
    items: list[WireItem] = []


@dataclass(frozen=True, slots=True)
class Digest:
    """What one side has of an enterprise's day."""

    count: int = 0
    missing: int = 0
    fingerprint: str = ""
    totals: Mapping[str, Any] = field(default_factory=dict)

    def wire(self, day: date) -> WireDay:
        """Give it as it travels."""
        return WireDay(day.isoformat(), self.count, self.missing, self.fingerprint, dict(self.totals))

    @classmethod
    def of(cls, sent: WireDay) -> Digest:
        """Read what the other side sent."""
        return cls(sent.count, sent.missing, sent.fingerprint, dict(sent.totals))


Digests = dict[tuple[int, date], Digest]
NOTHING = Digest()


def digests(store: ReadingStore, *, coverage: Coverage, start: date, end: date) -> Digests:
    """Give the digest of every (enterprise, day) of ``[start, end)`` of which anything is there."""
    totals: dict[tuple[int, date], dict[str, list[float | None]]] = {}
    for cell in enterprise_cells(
        store, enterprise_ids=coverage.enterprise_ids, kind=PeriodKind.DAY, start=start, end=end
    ):
        place = totals.setdefault((cell.enterprise_id, cell.period_start.date()), {})
        place[cell.energy_key] = [cell.quantity, cell.tce]
    return {
        (row.enterprise_id, row.day): Digest(
            row.known, row.missing, row.fingerprint or "", totals.get((row.enterprise_id, row.day), {})
        )
        for row in digest_days(store, coverage=coverage, start=start, end=end)
    }


def state_of(lower: Digest, upper: Digest, *, attempts: int) -> DayState:
    """Compare two sides: the one below is the truth.

    What is still too much above after sending again is surplus, and so is all of a day of which nothing is below.
    """
    if lower.fingerprint == upper.fingerprint:
        return DayState.EQUAL
    tried = attempts > 0 or not (lower.count or lower.missing)
    return DayState.SURPLUS if tried and upper.count > lower.count else DayState.DIFFERS


def keep_days(
    model: type[ForwardedDay] | type[ReceivedDay],
    link_id: int,
    compared: Iterable[tuple[int, date]],
    *,
    own: Digests,
    other: Digests,
    now: datetime,
) -> list[ComparedDay]:
    """Write the comparison of these days, one row each, in one statement; give the rows."""
    is_lower = model is ForwardedDay
    owner = "upstream_id" if is_lower else "platform_id"
    places = sorted(set(compared), key=lambda place: (place[1], place[0]))
    known = _known(model, owner, link_id, places)
    rows: list[Any] = []
    for place in places:
        mine, theirs = own.get(place, NOTHING), other.get(place, NOTHING)
        before = known.get(place)
        same = before is not None and (before[1], before[2]) == (mine.fingerprint, theirs.fingerprint)
        attempts = before[0] if before is not None and same else 0
        lower, upper = (mine, theirs) if is_lower else (theirs, mine)
        rows.append(model(
            **{owner: link_id}, enterprise_id=place[0], day=place[1], attempts=attempts, compared_at=now,
            state=state_of(lower, upper, attempts=attempts),
            own_count=mine.count, own_missing=mine.missing, own_fingerprint=mine.fingerprint,
            own_totals=dict(mine.totals), other_count=theirs.count, other_missing=theirs.missing,
            other_fingerprint=theirs.fingerprint, other_totals=dict(theirs.totals),
        ))  # fmt: skip
    model._default_manager.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=[owner.removesuffix("_id"), "enterprise", "day"],
        update_fields=[f.name for f in ComparedDay._meta.get_fields() if f.name not in ("enterprise", "day")],
    )  # fmt: skip
    return rows


def _known(
    model: type[ForwardedDay] | type[ReceivedDay], owner: str, link_id: int, places: Sequence[tuple[int, date]]
) -> dict[tuple[int, date], tuple[int, str, str]]:
    if not places:
        return {}
    days = [day for _pk, day in places]
    rows = model._default_manager.filter(
        **{owner: link_id}, enterprise_id__in={pk for pk, _day in places}, day__gte=min(days), day__lte=max(days)
    ).values_list("enterprise_id", "day", "attempts", "own_fingerprint", "other_fingerprint")
    return {(pk, day): (attempts, own, other) for pk, day, attempts, own, other in rows}
