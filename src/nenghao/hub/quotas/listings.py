"""Tables of the quota pages: verdicts of a region, the ranking within a product, leaders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.quotas.models import GradeWord, Standing, Verdict
from nenghao.hub.quotas.services import ENERGY_METRICS


def verdict_listing(rows: QuerySet[Verdict], *, title: str) -> Listing:
    """List verdicts of a span."""
    standards = sorted(set(rows.order_by().values_list("standard", flat=True)) - {""})
    return Listing(
        title=title, rows=rows.order_by("enterprise__name", "product__code", "pk"),
        search=("enterprise__name", "product__name", "quota_product"),
        filters=(
            Filter("grade", _("等级"), "grade", GradeWord.choices),
            Filter("standard", _("标准"), "standard", [(one, one) for one in standards]),
            Filter("meets", _("是否达到"), "meets", [(True, _("达到")), (False, _("未达到"))]),
            Filter("standing", _("标杆基准"), "standing", Standing.choices),
            Filter("decides", _("可作结论"), "decides", [(True, _("可作结论")), (False, _("仅供参考"))]),
        ),
        columns=(
            ListColumn(_("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                       template="quotas/owner_cell.html"),
            ListColumn(_("产品"), lambda row: row.product.name, order="quota_product",
                       template="quotas/product_cell.html"),
            ListColumn(_("限额标准产品"), lambda row: row.quota_product, export_only=True),
            ListColumn(_("条件"), lambda row: row.quota_condition or "–", export_only=True),
            ListColumn(_("标准"), lambda row: row.standard or "–", order="standard",
                       template="quotas/standard_cell.html"),
            ListColumn(_("指标"), lambda row: row.metric_name, export_only=True),
            ListColumn(_("单耗"), lambda row: row.compared_value, kind="number", order="compared_value"),
            ListColumn(_("应达限额"), required, kind="number"),
            ListColumn(_("单位"), lambda row: unit_word(row.unit)),
            ListColumn(_("等级"), lambda row: row.get_grade_display(), order="grade",
                       template="quotas/grade_cell.html"),
            ListColumn(_("超限比例"), lambda row: None if row.over_ratio is None else row.over_ratio * 100,
                       kind="number", unit="%", order="over_ratio"),
            ListColumn(_("标杆基准（待核）"), lambda row: row.get_standing_display() or "–", order="standing"),
            ListColumn(_("产量"), lambda row: row.output_quantity, kind="number", export_only=True),
            ListColumn(_("能源"), lambda row: row.tce, kind="number", unit="tce", export_only=True),
            ListColumn(_("判定"), basis_word, template="quotas/basis_cell.html"),
        ),
    )  # fmt: skip


def required(row: Any) -> float | None:
    """Give the limit that must be met."""
    return getattr(row, f"limit_{row.required_grade}")


def basis_word(row: Any) -> str:
    """Say whether a verdict decides."""
    if row.is_unverified:
        return _("待核")
    return _("可作结论") if row.decides else _("仅供参考")


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place of a ranking: the verdict, its rank from the best, the gap to the best and what it is worth."""

    rank: int
    verdict: Verdict
    gap: float
    saving_tce: float | None

    @property
    def name(self) -> str:
        """The enterprise's name, to search by."""
        return self.verdict.enterprise.name


def ranked(rows: Sequence[Verdict]) -> list[Ranked]:
    """Rank verdicts of one product, condition and metric; equal values share a rank."""
    known = sorted((row for row in rows if row.compared_value is not None), key=lambda row: row.compared_value or 0.0)
    found: list[Ranked] = []
    for place, row in enumerate(known, start=1):
        value, best = row.compared_value or 0.0, known[0].compared_value or 0.0
        tied = found and abs((found[-1].verdict.compared_value or 0.0) - value) < 1e-9
        gap = value - best
        saving = (
            row.tce * gap / value if row.tce is not None and value > 0 and row.metric_key in ENERGY_METRICS else None
        )
        found.append(Ranked(found[-1].rank if tied else place, row, gap, saving))
    return found


def ranking_listing(rows: Sequence[Verdict], *, title: str) -> Listing:
    """List a ranking."""
    return Listing(
        title=title, rows=ranked(rows), search=("name",),
        columns=(
            ListColumn(_("名次"), lambda one: one.rank, kind="integer", order="rank"),
            ListColumn(_("用能单位"), lambda one: one.name, order="name", template="quotas/ranked_cell.html"),
            ListColumn(_("产品"), lambda one: one.verdict.product.name),
            ListColumn(_("单耗"), lambda one: one.verdict.compared_value, kind="number"),
            ListColumn(_("单位"), lambda one: unit_word(one.verdict.unit)),
            ListColumn(_("等级"), lambda one: one.verdict.get_grade_display(),
                       template="quotas/ranked_grade_cell.html"),
            ListColumn(_("与最好的差距"), lambda one: one.gap, kind="number", order="gap"),
            ListColumn(_("可节约"), lambda one: one.saving_tce, kind="number", unit="tce", order="saving_tce"),
        ),
    )  # fmt: skip
