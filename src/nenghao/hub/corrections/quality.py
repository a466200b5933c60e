"""The data-quality scores of a month that is closed, by the scoring that the quality pages use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nenghao.hub.monitoring.span import Span
from nenghao.hub.quality_review.schemes import DEFAULT, last_day
from nenghao.hub.quality_review.scoring import enterprise_scores
from nenghao.hub.quality_rules.services import scheme_for
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import PeriodKind
from nenghao.quality.scores import Scheme
from nenghao.readings import ReadingStore


@dataclass(frozen=True, slots=True)
class Quality:
    """A month's score of one enterprise; no points where it cannot be judged."""

    points: float | None = None
    scheme: str = ""


def month_scores(
    store: ReadingStore, enterprises: Sequence[Enterprise], month: date, now: datetime
) -> Mapping[int, Quality]:
    """Score a month of enterprises by the provincial scheme of their regions: one calculation per edition of it."""
    span = Span.of(PeriodKind.MONTH, month)
    scored: dict[int, Quality] = {}
    for scheme, ids in _by_scheme(enterprises, span):
        rows = Enterprise.objects.filter(pk__in=ids)
        for key, one in enterprise_scores(store=store, enterprises=rows, span=span, scheme=scheme, now=now).items():
            scored[key] = Quality(one.total, scheme.key)
    return scored


def _by_scheme(enterprises: Sequence[Enterprise], span: Span) -> list[tuple[Scheme, list[int]]]:
    """Part the enterprises by the edition of the scheme that their region uses."""
    by_path: dict[str, list[int]] = {}
    for enterprise in enterprises:
        by_path.setdefault(enterprise.region.path, []).append(enterprise.pk)
    groups: list[tuple[Scheme, list[int]]] = []
    for path, ids in by_path.items():
        scheme = scheme_for(path, last_day(span), DEFAULT)
        found = next((group for known, group in groups if known == scheme), None)
        if found is None:
            groups.append((scheme, ids))
        else:
            found.extend(ids)
    return groups
