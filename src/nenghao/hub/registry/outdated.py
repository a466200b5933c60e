"""Registered equipment held against the catalogues of outdated models (淘汰型号).

Nothing is stored: a model is judged in microseconds and remembered, so that a new entry of the catalogue or a new fact
of the nameplate shows at once. What the register lacks (the year of manufacture, mostly) is said with the answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Equipment
from nenghao.supervision import Judgement, Piece, category_of, judge_equipment
from nenghao.supervision.eliminated import Certainty

OUTDATED: tuple[tuple[Certainty, Promise], ...] = (
    ("certain", _("淘汰型号")), ("possible", _("可能淘汰（待核）")), ("none", _("未对上目录条目")),
)  # fmt: skip
"""What may be said of a model; no match is no proof, since the catalogues are not held completely."""
_FACTS = ("model", "name", "rated_power_kw", "efficiency_pct", "voltage_kv", "made_year", "commissioned_on")


@dataclass(frozen=True, slots=True)
class Outdated:
    """How many registered pieces are certainly and possibly of an outdated model."""

    certain: int
    possible: int


def judgement_of(row: Equipment) -> Judgement:
    """Judge a piece by what the register knows of it."""
    return _judgement({name: getattr(row, name) for name in _FACTS})


def _judgement(facts: Mapping[str, Any]) -> Judgement:
    since = facts["commissioned_on"]
    return judge_equipment(Piece(
        facts["model"], category_of(facts["name"]), rated_power_kw=facts["rated_power_kw"],
        efficiency_pct=facts["efficiency_pct"], voltage_kv=facts["voltage_kv"], made_year=facts["made_year"],
        service_year=since.year if since else None,
    ))  # fmt: skip


def _judged(rows: QuerySet[Equipment]) -> Iterator[tuple[int, Certainty]]:
    """Yield the certainty by key, with one query."""
    for facts in rows.order_by().values("pk", *_FACTS):
        yield facts["pk"], _judgement(facts).certainty


def pick(rows: QuerySet[Equipment], certainty: str) -> QuerySet[Equipment]:
    """Narrow equipment to the pieces of which this is said."""
    return rows.filter(pk__in=[pk for pk, found in _judged(rows) if found == certainty])


def outdated_counts(enterprise: Enterprise) -> Outdated:
    """Count an enterprise's outdated equipment."""
    counts = Counter(certainty for _pk, certainty in _judged(Equipment.objects.filter(enterprise=enterprise)))
    return Outdated(counts["certain"], counts["possible"])
