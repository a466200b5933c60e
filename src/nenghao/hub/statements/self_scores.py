"""What an enterprise said of itself in the year's assessment (节能目标责任自评价), item by item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from nenghao.accounting.score_sheets import ItemScore
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.targets.assessing import answers_of, scored
from nenghao.hub.targets.assessors import sheet_of
from nenghao.hub.targets.models import Assessment


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """An item of the score sheet with the enterprise's own words and points."""

    score: ItemScore
    basis: str
    evidence: str
    round_title: str
    url: str

    @property
    def own_score(self) -> float | None:
        """The points that the enterprise gives itself, else those that follow from the facts."""
        return self.score.computed if self.score.self_score is None else self.score.self_score


def scored_items(enterprise: Enterprise, year: int) -> Mapping[str, ScoredItem]:
    """Give the items of the newest round of a year that assesses the enterprise, by number and title."""
    rows = Assessment.objects.filter(enterprise=enterprise, round__year=year).select_related("round")
    assessment = rows.prefetch_related("answers").order_by("-round_id").first()
    if assessment is None:
        return {}
    answers = answers_of(assessment)
    url = reverse("assessment", args=[assessment.round_id, enterprise.code])
    found = {}
    for one in scored(sheet_of(assessment.round), answers).items:
        said = answers.get(one.item.key)
        found[f"{one.item.no} {one.item.title_zh}".strip()] = ScoredItem(
            one, said.self_basis if said else "", said.evidence if said else "", assessment.round.title, url
        )
    return found
