"""Forms of plans, decomposition, grading rules and rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from nenghao.errors import NenghaoError
from nenghao.hub.looks import Styled, StyledForm
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets.assessors import enterprise_sheets, region_sheets
from nenghao.hub.targets.models import WHOLE_PLAN, Plan, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.services import TargetFacts

YUAN_PER_10K = 10_000


class PlanForm(Styled, forms.ModelForm):
    """A plan period."""

    class Meta:
        model = Plan
        fields = (
            "name", "base_year", "first_year", "last_year", "form", "basis", "value_kind", "region_source", "source",
        )  # fmt: skip


class GradingForm(StyledForm):
    """Which rule grades a kind of target, from which month on; bounds may be set apart from the rule's own."""

    kind = forms.ChoiceField(label=_("目标"), choices=TargetKind.choices)
    rule = forms.ChoiceField(label=_("规则"))
    from_month = forms.CharField(label=_("自月份起"), help_text=_("如 2026-11"))
    bounds = forms.CharField(label=_("各级界限"), required=False, max_length=100,
                             help_text=_("自轻到重，以逗号分隔；留空用规则原有的界限"))  # fmt: skip
    rise_is_worst = forms.BooleanField(label=_("强度上升即最严重级"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=200)

    def __init__(self, *args: Any, rules: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(rules)

    def clean_from_month(self) -> date:
        """Read a month."""
        text = self.cleaned_data["from_month"].strip()
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise forms.ValidationError(_("写成 2026-11")) from None

    def clean_bounds(self) -> list[float]:
        """Read the bounds."""
        text = self.cleaned_data["bounds"].replace("，", ",")
        try:
            return [float(part) for part in text.split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError(_("界限须是数")) from None


class RoundForm(StyledForm):
    """A round of assessment: of ``enterprises`` or of ``regions``, whichever field it keeps."""

    year = forms.IntegerField(label=_("考核年度"), min_value=2000, max_value=2099)
    sheet_key = forms.ChoiceField(label=_("评分表"))
    title = forms.CharField(label=_("名称"), required=False, max_length=120)
    self_due_on = forms.DateField(label=_("自评截止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    enterprises = forms.MultipleChoiceField(label=_("被考核单位"), widget=forms.CheckboxSelectMultiple)
    regions = forms.MultipleChoiceField(label=_("被考核地区"), widget=forms.CheckboxSelectMultiple)

    def __init__(
        self, *args: Any, members: Sequence[Enterprise | Region], of_regions: bool, language: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        sheets, chosen, other = (
            (region_sheets(), "regions", "enterprises")
            if of_regions
            else (enterprise_sheets(), "enterprises", "regions")
        )
        del self.fields[other]
        for name, choices in (
            ("sheet_key", [(sheet.key, sheet.title(language)) for sheet in sheets]),
            (chosen, [(one.code, one.name) for one in members]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of the decomposition grid, with what was typed or stands, and what is wrong with it."""

    name: str
    label: str
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One owner of the grid."""

    owner: Owner
    cells: tuple[Cell, ...]


COLUMNS = (
    ("drop_ratio", _("强度降低率 [%]"), 100.0),
    ("cap_tce", _("总量上限 [tce]"), 1.0),
    ("base_tce", _("基期能耗 [tce]"), 1.0),
    ("base_value_yuan", _("基期产值 [万元]"), 1 / YUAN_PER_10K),
    ("planned_value_yuan", _("末年预期产值 [万元]"), 1 / YUAN_PER_10K),
)
"""The inputs of a row: field, heading, and what a stored figure is multiplied by to be shown."""


def read_grid(
    owners: Sequence[Owner], posted: Mapping[str, str], *, year: int, document: str
) -> tuple[list[TargetFacts], list[GridRow]]:
    """Read the grid; gives the targets, and the rows with what is wrong, which is nothing when all could be read."""
    facts: list[TargetFacts] = []
    rows: list[GridRow] = []
    for owner in owners:
        cells, said = [], {}
        for name, label, factor in COLUMNS:
            text = posted.get(f"{owner.key}/{name}", "").strip().replace(",", "")
            said[name], error = _number(text, factor)
            cells.append(Cell(f"{owner.key}/{name}", str(label), text, error))
        rows.append(GridRow(owner, tuple(cells)))
        facts += _targets(owner, said, year, document)
    return facts, rows


def _number(text: str, factor: float) -> tuple[float | None, str]:
    if not text:
        return None, ""
    try:
        value = float(text)
    except ValueError:
        return None, _t("须是数")
    # One decimal place more than anybody types: 13.5 % must be stored as 0.135 and not as 0.13500000000000001.
    return round(value / factor, 12), ""


def _targets(owner: Owner, said: Mapping[str, float | None], year: int, document: str) -> list[TargetFacts]:
    base = {name: said[name] for name in ("base_tce", "base_value_yuan", "planned_value_yuan")}
    return [
        TargetFacts(owner, TargetKind.INTENSITY, year, drop_ratio=said["drop_ratio"], document=document, **base),
        TargetFacts(
            owner, TargetKind.TOTAL, year, cap_tce=said["cap_tce"], document=document, base_tce=said["base_tce"]
        ),
    ]


def stored_grid(owners: Sequence[Owner], targets: Sequence[Target], year: int = WHOLE_PLAN) -> list[GridRow]:
    """Give the grid with what stands."""
    known = {(row.owner_key, row.kind): row for row in targets if row.year == year}
    rows = []
    for owner in owners:
        intensity, total = (known.get((owner.key, kind)) for kind in (TargetKind.INTENSITY, TargetKind.TOTAL))
        cells = []
        for name, label, factor in COLUMNS:
            sources = (total,) if name == "cap_tce" else (intensity, total)
            value = next(
                (found for one in sources if one is not None and (found := getattr(one, name)) is not None), None
            )
            cells.append(Cell(f"{owner.key}/{name}", str(label), "" if value is None else f"{value * factor:.10g}"))
        rows.append(GridRow(owner, tuple(cells)))
    return rows


def parse_error(error: NenghaoError, language: str) -> str:
    """Say what was refused, and of whom."""
    return f"{error.record}: {error.text(language)}" if error.record else error.text(language)  # type: ignore[arg-type]
