"""Quality ranking of a region (数据质量排名): whose data are good enough, and what do the others lose?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.charts import trend_chart
from nenghao.hub.quality_review.schemes import acceptance_scheme
from nenghao.hub.quality_review.scoring import (
    MonthScore,
    RegionScore,
    Scored,
    enterprise_scores,
    region_scores,
    score_trend,
)
from nenghao.hub.registry.models import Enterprise, Industry, Region
from nenghao.quality.scores import Scheme, Verdict
from nenghao.readings import ReadingStore

PAGE_SIZE = 20
SORTS = ("rank", "name", "region", "industry", "total", "lost")
DEFAULT_SORT = "rank"


@dataclass(frozen=True, slots=True)
class RankRow:
    """One enterprise of the ranking; ``rank`` and ``total`` are None where it could not be judged."""

    rank: int | None
    code: str
    name: str
    region_code: str
    region: str
    industry: str
    is_simulated: bool
    scored: Scored
    before: float | None
    verdict: Verdict

    @property
    def total(self) -> float | None:
        """Points."""
        return self.scored.total

    @property
    def lost(self) -> float | None:
        """Points lost."""
        return self.scored.lost

    @property
    def change(self) -> float | None:
        """Points gained or lost against the span before."""
        return None if self.total is None or self.before is None else self.total - self.before


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A sub-region or an industry with the scores of its enterprises."""

    rank: int | None
    code: str
    name: str
    scores: RegionScore


@dataclass(frozen=True, slots=True)
class RegionQuality:
    """Everything the page shows."""

    region: Region
    span: Span
    scheme: Scheme
    scores: RegionScore
    before: RegionScore
    verdicts: Mapping[Verdict, int]
    ranking: Sequence[RankRow]
    subregions: Sequence[GroupRow]
    industries: Sequence[GroupRow]
    trend: Sequence[MonthScore]
    chart: Mapping[str, Any]

    @property
    def change(self) -> float | None:
        """Points of the mean gained or lost against the span before."""
        if self.scores.mean is None or self.before.mean is None:
            return None
        return self.scores.mean - self.before.mean


def region_quality(
    *, store: ReadingStore, region: Region, enterprises: QuerySet[Enterprise], span: Span, scheme: Scheme, now: datetime
) -> RegionQuality:
    """Gather the page of ``enterprises`` (those of the region that the account may see)."""
    members = list(enterprises.values(
        "id", "code", "name", "region__path", "region__name", "region_id", "industry_id", "industry__name",
        "is_simulated",
    ))  # fmt: skip
    asked: dict[str, Any] = {"store": store, "enterprises": enterprises, "now": now}
    # The acceptance scheme uses every measure, so that its scores can be read under the other scheme as well.
    accepted = enterprise_scores(span=span, scheme=acceptance_scheme(region.path, span), **asked)
    scores = {key: one.under(scheme) for key, one in accepted.items()}
    before = enterprise_scores(span=span.before, scheme=scheme, **asked)
    trend = score_trend(span=span, scheme=scheme, **asked)
    ranking = _ranking(members, scores, before, accepted)
    return RegionQuality(
        region=region, span=span, scheme=scheme, scores=region_scores(scores.values()),
        before=region_scores(before.values()),
        verdicts={word: sum(1 for row in ranking if row.verdict == word) for word in ("pass", "fail", "cannot_judge")},
        ranking=ranking, subregions=_subregions(members, scores, region), industries=_industries(members, scores),
        trend=trend, chart=trend_chart(trend),
    )  # fmt: skip


def _ranking(
    members: Sequence[Mapping[str, Any]], scores: Mapping[int, Scored], before: Mapping[int, Scored],
    accepted: Mapping[int, Scored],
) -> list[RankRow]:  # fmt: skip
    """Rank by points; equal points share a rank; who could not be judged comes last, without one."""
    totals = sorted((one.total for one in scores.values() if one.total is not None), reverse=True)
    place = {total: number for number, total in reversed(list(enumerate(totals, start=1)))}
    rows = [
        RankRow(
            None if (total := scores[m["id"]].total) is None else place[total], m["code"], m["name"], m["region_id"],
            m["region__name"], m["industry__name"], m["is_simulated"], scores[m["id"]], before[m["id"]].total,
            accepted[m["id"]].verdict,
        )
        for m in members
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, row.code))


def sorted_rows(rows: Sequence[RankRow], sort: str, words: str = "") -> list[RankRow]:
    """Search and sort the ranking; what is not known comes last in either direction."""
    name = sort.removeprefix("-")
    found = [row for row in rows if words in row.name or words in row.code]
    if name not in SORTS:
        return found
    known = [row for row in found if getattr(row, name) is not None]
    known.sort(key=lambda row: (getattr(row, name), row.code), reverse=sort.startswith("-"))
    return known + [row for row in found if getattr(row, name) is None]


def _subregions(
    members: Sequence[Mapping[str, Any]], scores: Mapping[int, Scored], region: Region
) -> Sequence[GroupRow]:
    def child(member: Mapping[str, Any]) -> str:
        return member["region__path"].removeprefix(region.path).split("/")[0]

    grouped = _grouped(members, scores, child)
    names = dict(Region.objects.filter(code__in=grouped).values_list("code", "name"))
    return _ranked(grouped, names)


def _industries(members: Sequence[Mapping[str, Any]], scores: Mapping[int, Scored]) -> Sequence[GroupRow]:
    """Group by division (大类) of GB/T 4754: a letter and two digits."""
    grouped = _grouped(members, scores, lambda member: member["industry_id"][:3])
    names = dict(Industry.objects.filter(code__in=grouped).values_list("code", "name"))
    return _ranked(grouped, names)


def _grouped(
    members: Iterable[Mapping[str, Any]], scores: Mapping[int, Scored], key: Callable[[Mapping[str, Any]], str]
) -> dict[str, list[Scored]]:
    grouped: dict[str, list[Scored]] = {}
    for member in members:
        if code := key(member):
            grouped.setdefault(code, []).append(scores[member["id"]])
    return grouped


def _ranked(grouped: Mapping[str, list[Scored]], names: Mapping[str, str]) -> list[GroupRow]:
    found = [(code, region_scores(scores)) for code, scores in grouped.items()]
    found.sort(key=lambda one: (one[1].mean is None, -(one[1].mean or 0.0), one[0]))
    return [
        GroupRow(None if scores.mean is None else number, code, names.get(code, code), scores)
        for number, (code, scores) in enumerate(found, start=1)
    ]
