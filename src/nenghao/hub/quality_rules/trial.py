"""Trial runs (试运行): what a draft would change over past days, before anybody is judged by it.

The same days are checked twice without keeping anything: by what is in force, and by the draft. A run on a page looks
at the enterprises in an order that spreads over the region and stops after some seconds; it then says how many it saw.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zlib import crc32

from django.db.models import Count, Q

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.quality_rules.models import Edition, EditionKind, Trial
from nenghao.hub.quality_rules.services import rules_for_many, rules_of, scheme_for, scheme_of
from nenghao.hub.registry.models import Enterprise
from nenghao.quality.measures import MEASURE_NAMES, Measures
from nenghao.quality.rules import RuleSet
from nenghao.quality.scores import Scheme, Score, score
from nenghao.readings import ReadingStore
from nenghao.readings.quality import measures

SECONDS_ON_A_PAGE = 10.0
"""After which no further enterprises are looked at; what is under way is finished."""
CHUNK_ITEMS = 2_500
"""Data items checked at once: some seconds' work for a week, and few enough calls to spend them on checking."""
DAYS = 7
MAX_DAYS = 92
SCORED_BY = "provincial"
"""The scheme whose total shows what a rule set changes."""


Slots = Mapping[tuple[int, int, str, int], int]
"""Slots not found good, by enterprise, item, check and flag."""


class Report(Protocol):
    """What a trial needs of a report of checks (docs/architecture.md)."""

    @property
    def slots(self) -> Slots:
        """Slots not found good."""
        ...

    @property
    def counts(self) -> Mapping[int, Mapping[str, float]]:
        """What was counted of each enterprise, by the names of :class:`Measures`."""
        ...


Check = Callable[[Sequence[int], RuleSet], Report]
"""Check enterprises by a rule set and keep nothing."""


@dataclass(slots=True)
class CheckChange:
    """Slots that one check flags: before, after, how many of them are new and how many are gone."""

    check_code: str
    flag: int
    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """Total (or verdict) of one enterprise before and after; None where nothing could be judged."""

    enterprise_id: int
    before: float | None
    after: float | None
    verdict_before: str | None = None
    verdict_after: str | None = None

    @property
    def change(self) -> float:
        """Points gained; 0 where one of the two is not known."""
        return 0.0 if self.before is None or self.after is None else self.after - self.before

    @property
    def differs(self) -> bool:
        """Whether anything would change for the enterprise."""
        return abs(self.change) > 1e-9 or (self.before is None) != (self.after is None) or (
            self.verdict_before != self.verdict_after
        )  # fmt: skip


def affected_enterprises(edition: Edition, on: date) -> list[Enterprise]:
    """Give the enterprises that the draft would decide on: of its region, where no nearer region's edition is in force.

    They come in an order that depends on their code alone and spreads over regions and industries.
    """
    nearer = list(
        Edition.objects.filter(kind=edition.kind, key=edition.key, region__path__startswith=edition.region.path)
        .exclude(region=edition.region)
        .select_related("region")
    )
    paths = tuple(other.region.path for other in nearer if other.in_force(on))
    rows = (
        Enterprise.objects.filter(active=True, region__path__startswith=edition.region.path)
        .select_related("region")
        .annotate(items=Count("data_items", filter=Q(data_items__active=True)))
    )
    own = [row for row in rows if not row.region.path.startswith(paths)] if paths else list(rows)
    return sorted(own, key=lambda row: (crc32(row.code.encode()), row.code))


def default_span(last_day: date | None, today: date) -> tuple[date, date]:
    """Give the last seven whole days with data, the end exclusive: today is not over."""
    yesterday = today - timedelta(days=1)
    end = min(last_day or yesterday, yesterday) + timedelta(days=1)
    return end - timedelta(days=DAYS), end


def require_span(start: date, end: date) -> None:
    """Refuse a span that is empty or too long."""
    if not start < end <= start + timedelta(days=MAX_DAYS):
        raise NenghaoError(
            "trial-span", "起止日期不对", "the span is not possible", field="start",
            mend_zh=f"止日不早于起日，最多 {MAX_DAYS} 天",
            mend_en=f"end on or after the start, at most {MAX_DAYS} days",
        )  # fmt: skip


def run_trial(
    *, actor: Actor, now: datetime, store: ReadingStore, edition: Edition, start: date, end: date,
    budget_s: float | None = SECONDS_ON_A_PAGE, check: Check | None = None,
) -> Trial:  # fmt: skip
    """Try a draft over ``[start, end)`` and keep what it would change; ``budget_s`` None looks at every enterprise."""
    require_span(start, end)
    began = time.monotonic()
    on = end - timedelta(days=1)
    everyone = affected_enterprises(edition, on)
    run = _Run(edition, on, check or _checker(store, start, end, now))
    looked = 0
    for chunk in _chunks(everyone):
        if budget_s is not None and looked and time.monotonic() - began > budget_s:
            break
        run.look_at(chunk, _stored(store, chunk, start, end))
        looked += len(chunk)
    return Trial.objects.create(
        edition=edition, content=edition.content, start=start, end=end, ran_at=now, ran_by=actor.name,
        seconds=time.monotonic() - began, affected=len(everyone), looked_at=looked, result=run.result(),
    )  # fmt: skip


def _chunks(rows: Sequence[Any]) -> Iterator[list[Enterprise]]:
    """Cut the enterprises into runs of about so many data items."""
    chunk: list[Enterprise] = []
    items = 0
    for row in rows:
        chunk.append(row)
        items += max(row.items, 1)
        if items >= CHUNK_ITEMS:
            yield chunk
            chunk, items = [], 0
    if chunk:
        yield chunk


def _checker(store: ReadingStore, start: date, end: date, now: datetime) -> Check:
    def check(enterprise_ids: Sequence[int], rules: RuleSet) -> Report:
        return check_span(
            store=store, enterprise_ids=enterprise_ids, start=start, end=end, now=now, rules=rules, keep=False
        )

    return check


def _stored(store: ReadingStore, chunk: Sequence[Enterprise], start: date, end: date) -> dict[int, Measures]:
    rows = measures(store, enterprise_ids=[row.pk for row in chunk], start=start, end=end)
    return {
        row.enterprise_id: Measures(**{name: getattr(row, name, None) or 0 for name in MEASURE_NAMES}) for row in rows
    }


def _with(known: Measures, counts: Mapping[str, float]) -> Measures:
    """Put what a run counted in the place of what is stored."""
    return Measures(**(known.counts() | {name: counts[name] for name in MEASURE_NAMES if name in counts}))  # type: ignore[arg-type]


@dataclass(slots=True)
class _Run:
    """A run under way: what it tries, and what it has found so far."""

    edition: Edition
    on: date
    check: Check
    flags: dict[tuple[str, int], CheckChange] = field(default_factory=dict)
    scores: list[ScoreChange] = field(default_factory=list)
    schemes: dict[str, Scheme] = field(default_factory=dict)

    def look_at(self, chunk: Sequence[Enterprise], stored: Mapping[int, Measures]) -> None:
        """Try the draft on some enterprises."""
        if self.edition.kind == EditionKind.RULES:
            for group in rules_for_many(chunk, self.on):
                self._try_rules([row for row in chunk if row.pk in group.enterprise_ids], group.rules, stored)
            return
        draft = scheme_of(self.edition)
        for row in chunk:
            present, known = self._scheme(row.region.path, self.edition.key), stored.get(row.pk, Measures())
            self._compare(row, score(present, known), score(draft, known))

    def _try_rules(self, rows: Sequence[Enterprise], present: RuleSet, stored: Mapping[int, Measures]) -> None:
        """Check enterprises by what is in force and by the draft; add to the flags and the scores."""
        ids = [row.pk for row in rows]
        before, after = (self.check(ids, rules) for rules in (present, rules_of(self.edition)))
        self._add_flags(before.slots, after.slots)
        for row in rows:
            scheme, known = self._scheme(row.region.path, SCORED_BY), stored.get(row.pk, Measures())
            first, second = (_with(known, report.counts.get(row.pk, {})) for report in (before, after))
            self._compare(row, score(scheme, first), score(scheme, second))

    def _scheme(self, path: str, key: str) -> Scheme:
        """Give the scheme of a region; asked once per region."""
        if path not in self.schemes:
            self.schemes[path] = scheme_for(path, self.on, key)
        return self.schemes[path]

    def _add_flags(self, before: Slots, after: Slots) -> None:
        for key in {**before, **after}:
            row = self.flags.setdefault(key[2:], CheckChange(*key[2:]))
            old, new = before.get(key, 0), after.get(key, 0)
            row.before += old
            row.after += new
            row.gained += max(new - old, 0)
            row.lost += max(old - new, 0)

    def _compare(self, row: Enterprise, before: Score, after: Score) -> None:
        self.scores.append(ScoreChange(row.pk, before.total, after.total, before.verdict, after.verdict))

    def result(self) -> dict[str, Any]:
        """Give what is kept of a run: all flags, and the enterprises that differ, the biggest change first."""
        differ = sorted(
            (row for row in self.scores if row.differs), key=lambda row: (-abs(row.change), row.enterprise_id)
        )
        flags = sorted(self.flags.values(), key=lambda row: (-(row.gained + row.lost), row.check_code, row.flag))
        known = [row for row in self.scores if row.before is not None and row.after is not None]
        return {
            "scheme": SCORED_BY if self.edition.kind == EditionKind.RULES else self.edition.key,
            "flags": [asdict(row) for row in flags],
            "scores": [asdict(row) for row in differ],
            "same": len(self.scores) - len(differ),
            "mean_before": _mean(row.before for row in known),
            "mean_after": _mean(row.after for row in known),
        }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
