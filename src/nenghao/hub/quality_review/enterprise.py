"""Quality of an enterprise (用能单位数据质量): why this score, and what mends it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.charts import trend_chart
from nenghao.hub.quality_review.findings import Problem, check_rule, problems, rules_of
from nenghao.hub.quality_review.indicators import required_sets
from nenghao.hub.quality_review.schemes import acceptance_scheme
from nenghao.hub.quality_review.scoring import (
    GOOD_ENOUGH,
    MonthScore,
    Scored,
    bounds,
    enterprise_scores,
    item_scores,
    score_trend,
)
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.quality.codes import COMPARISON_CODES
from nenghao.quality.indicators import RequiredSet
from nenghao.quality.mends import Mend, MendPlan, possible_mends, what_mends
from nenghao.quality.rules import CheckRule, RuleSet
from nenghao.quality.scores import Measures, Scheme, score
from nenghao.readings import ReadingStore
from nenghao.readings.quality import FindingCount, finding_counts, findings

COMPARISONS_SHOWN = 30
PLAN_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """Points that one kind of mend would give back if it alone were done, everywhere."""

    reason: str
    records: int
    items: int
    points: float


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One data item: its counts, and the points that mending everything of it would give back."""

    item: DataItem
    measures: Measures
    points: float | None

    @property
    def complete(self) -> float | None:
        """Records received of those due."""
        return _ratio(self.measures.records_received, self.measures.records_due)

    @property
    def good(self) -> float | None:
        """Records found good of those received that could be judged."""
        return _ratio(self.measures.records_good, self.measures.records_received - self.measures.records_unknown)

    @property
    def meter(self) -> str:
        """``valid``, ``invalid`` or ``unknown``."""
        if not self.measures.points_with_meter:
            return "unknown"
        return "valid" if self.measures.points_meter_valid else "invalid"


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one check found in the span, by flag."""

    rule: CheckRule
    findings: int
    slots: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class EnterpriseQuality:
    """Everything the page shows."""

    enterprise: Enterprise
    span: Span
    scheme: Scheme
    scored: Scored
    before: Scored
    accepted: Scored
    required: RequiredSet
    reasons: Sequence[ReasonRow]
    plan: MendPlan | None
    items: Sequence[ItemRow]
    checks: Sequence[CheckRow]
    comparisons: Sequence[Problem]
    trend: Sequence[MonthScore]
    chart: Mapping[str, Any]
    rules: RuleSet

    @property
    def change(self) -> float | None:
        """Points gained or lost against the span before."""
        return None if self.scored.total is None or self.before.total is None else self.scored.total - self.before.total

    @property
    def is_good_enough(self) -> bool:
        """Whether the score reaches the line already; the plan then says what would raise it further."""
        return self.scored.total is not None and self.scored.total >= GOOD_ENOUGH

    @property
    def bad(self) -> int:
        """Records that are missing or failed a check."""
        return self.scored.measures.records_missing + self.scored.measures.records_fail

    @property
    def weight_sum(self) -> float:
        """Sum of the weights of the scheme."""
        return sum(index.weight for index in self.scheme.indices)

    @property
    def names(self) -> Mapping[int, DataItem]:
        """The items by key."""
        return {row.item.pk: row.item for row in self.items}


def enterprise_quality(
    *, store: ReadingStore, enterprise: Enterprise, span: Span, scheme: Scheme, now: datetime
) -> EnterpriseQuality:
    """Gather the page of one enterprise."""
    alone = Enterprise.objects.filter(pk=enterprise.pk)
    asked: dict[str, Any] = {"store": store, "now": now}
    accepted = enterprise_scores(
        enterprises=alone, span=span, scheme=acceptance_scheme(enterprise.region.path, span), **asked
    )[enterprise.pk]
    scored = accepted.under(scheme)
    by_item = item_scores(enterprise=enterprise, span=span, scheme=scheme, **asked)
    items = {item.pk: item for item in DataItem.objects.filter(enterprise=enterprise).order_by("scope", "data_code")}
    mends = possible_mends({key: one.measures for key, one in by_item.items()}, scored.measures)
    trend = score_trend(enterprises=alone, span=span, scheme=scheme, **asked)
    rules = rules_of(enterprise, span)
    start, end = bounds(span, now)
    rows = findings(
        store, enterprise_ids=[enterprise.pk], start=start, end=end, check_codes=COMPARISON_CODES,
        limit=COMPARISONS_SHOWN,
    )  # fmt: skip
    return EnterpriseQuality(
        enterprise=enterprise, span=span, scheme=scheme, scored=scored,
        before=enterprise_scores(enterprises=alone, span=span.before, scheme=scheme, **asked)[enterprise.pk],
        accepted=accepted,
        required=required_sets(store=store, enterprise_ids=[enterprise.pk], start=start, end=end)[enterprise.pk],
        reasons=_reasons(scored, mends),
        plan=_plan(scored, mends),
        items=_items(items, by_item, scored, mends),
        checks=_checks(finding_counts(store, enterprise_ids=[enterprise.pk], start=start, end=end), rules),
        comparisons=problems(rows, enterprise=enterprise, items=items, rules=rules), trend=trend,
        chart=trend_chart(trend), rules=rules,
    )  # fmt: skip


def _plan(scored: Scored, mends: Iterable[Mend]) -> MendPlan | None:
    """Give the way to the line, and from there to all points; None where there is nothing to judge."""
    if scored.total is None:
        return None
    scheme = scored.score.scheme
    target = GOOD_ENOUGH if scored.total < GOOD_ENOUGH else scheme.total
    return what_mends(scheme, scored.measures, mends, target=target)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def points_of(scored: Scored, mends: Iterable[Mend]) -> float | None:
    """Give the points that doing these mends, and no others, would give back."""
    if scored.total is None:
        return None
    measures = scored.measures
    for mend in mends:
        measures = mend.applied(measures, mend.records)
    return (score(scored.score.scheme, measures).total or 0.0) - scored.total


def _reasons(scored: Scored, mends: Iterable[Mend]) -> list[ReasonRow]:
    """Gather mends by reason, the dearest first; a reason that costs nothing under this scheme is left out."""
    grouped: dict[str, list[Mend]] = {}
    for mend in mends:
        grouped.setdefault(mend.reason, []).append(mend)
    rows = [
        ReasonRow(reason, sum(mend.records for mend in found), len({mend.item_id for mend in found}), points)
        for reason, found in grouped.items()
        if (points := points_of(scored, found)) is not None and points > 1e-9
    ]
    return sorted(rows, key=lambda row: (-row.points, row.reason))


def _items(
    items: Mapping[int, DataItem], by_item: Mapping[int, Scored], scored: Scored, mends: Sequence[Mend]
) -> list[ItemRow]:
    """Give every item of which something was due or known, the dearest first."""
    rows = [
        ItemRow(items[key], one.measures, points_of(scored, [mend for mend in mends if mend.item_id == key]))
        for key, one in by_item.items()
        if key in items
    ]
    return sorted(rows, key=lambda row: (-(row.points or 0.0), row.item.scope, row.item.data_code))


def _checks(counts: Iterable[FindingCount], rules: RuleSet) -> list[CheckRow]:
    grouped: dict[str, list[FindingCount]] = {}
    for one in counts:
        grouped.setdefault(one.check_code, []).append(one)
    rows = [
        CheckRow(check_rule(rules, code), sum(one.findings for one in found), {one.flag: one.slots for one in found})
        for code, found in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-max(row.slots), -sum(row.slots.values()), row.rule.code))
