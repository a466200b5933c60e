"""Standings as pages show them: words, units, colours with a word beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.targets.frames import MONTHS
from nenghao.hub.targets.models import TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Moment, Standing
from nenghao.hub.targets.statistics import is_preliminary

USED, ALLOWED, BEFORE = "#1668b3", "#9b1c1c", "#6b7280"
NOT_TOLD = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One target of one owner, for a table."""

    standing: Standing
    query: str

    @property
    def name(self) -> str:
        """The owner's name."""
        return self.standing.owner.name

    @property
    def code(self) -> str:
        """The owner's code."""
        return self.standing.owner.code

    @property
    def url(self) -> str:
        """The owner's own page."""
        owner = self.standing.owner
        page = "targets-region" if owner.is_region else "targets-enterprise"
        return reverse(page, args=[owner.code]) + self.query

    @property
    def kind(self) -> str:
        """Kind of target."""
        return str(self.standing.kind)

    @property
    def kind_word(self) -> str:
        """Kind of target in words."""
        return str(TargetKind(self.kind).label)

    @property
    def is_intensity(self) -> bool:
        """Whether due and reached are drops."""
        return self.standing.kind is TargetKind.INTENSITY

    @property
    def due(self) -> float:
        """Drop due [%], or tce allowed so far."""
        return self.standing.due * (100 if self.is_intensity else 1)

    @property
    def reached(self) -> float | None:
        """Drop reached [%], or tce used so far."""
        value = self.standing.reached
        return None if value is None else value * (100 if self.is_intensity else 1)

    @property
    def margin(self) -> float | None:
        """What is left: points of drop above what is due, or tce below what is allowed; negative where missed."""
        if self.reached is None:
            return None
        return self.reached - self.due if self.is_intensity else self.due - self.reached

    @property
    def unit(self) -> str:
        """Unit of due, reached and margin."""
        return "%" if self.is_intensity else "tce"

    @property
    def severity(self) -> int:
        """Rank for sorting."""
        return self.standing.severity

    @property
    def colour(self) -> str:
        """Colour, or ``none`` where it cannot be told."""
        return self.standing.level.colour if self.standing.level else NOT_TOLD

    @property
    def level_word(self) -> str:
        """The rule's own name of the level, or why there is none."""
        level = self.standing.level
        if level is not None:
            return level.name_zh if page_language() == "zh" else level.name_en
        return why_words().get(self.standing.why, _("不能判定"))

    @property
    def coverage(self) -> str:
        """How many of the owner's enterprises have every figure, or that published statistics count."""
        if self.standing.by_statistics:
            return _("统计数据（含初步数）") if is_preliminary(self.standing.figures) else _("统计数据")
        return f"{self.standing.covered} / {len(self.standing.owner.members)}"


def why_words() -> dict[str, str]:
    """Say why a level cannot be told."""
    return {
        "no-figures": _("缺能耗或产值"), "no-year-before": _("缺上年同期"), "no-base": _("缺基期"),
        "no-statistics": _("缺统计数据"), "prices-differ": _("可比价基年不同"),
    }  # fmt: skip


def colour_choices() -> list[tuple[str, str]]:
    """Colours as a filter offers them, the worst first."""
    return [("red", _("红色")), ("orange", _("橙色")), ("yellow", _("黄色")), ("blue", _("蓝色")), ("green", _("绿色")),
            (NOT_TOLD, _("不能判定"))]  # fmt: skip


def standings_listing(rows: Sequence[Row], *, title: str) -> Listing:
    """Give the table of targets."""
    return Listing(
        title=title,
        rows=sorted(rows, key=lambda row: -row.severity),
        search=("name", "code"),
        filters=(
            Filter("kind", _("目标"), "kind", TargetKind.choices),
            Filter("colour", _("分级"), "colour", colour_choices()),
        ),
        columns=(
            ListColumn(_("责任主体"), lambda row: row.name, order="name", template="targets/owner_cell.html"),
            ListColumn(_("目标"), lambda row: row.kind_word, order="kind"),
            ListColumn(_("应达到"), lambda row: row.due, kind="number", template="targets/amount_cell.html"),
            ListColumn(_("已达到"), lambda row: row.reached, kind="number", template="targets/amount_cell.html"),
            ListColumn(
                _("余量"), lambda row: row.margin, kind="number", order="margin", template="targets/amount_cell.html"
            ),
            ListColumn(_("单位"), lambda row: row.unit, export_only=True),
            ListColumn(_("分级"), lambda row: row.level_word, order="severity", template="targets/level_cell.html"),
            ListColumn(_("数据齐全户数"), lambda row: row.coverage, template="targets/plain_cell.html"),
        ),
    )  # fmt: skip


def progress_chart(moment: Moment, owner: Owner, cap_tce: float | None) -> dict[str, Any] | None:
    """Draw what was used against what is allowed, added up from January; None without figures or a cap."""
    month = moment.month
    used = moment.used_by_month(owner, month.year)[: month.month]
    if not cap_tce or all(value is None for value in used):
        return None
    before = moment.used_by_month(owner, month.year - 1)
    symbol = "circle" if moment.statistics_of(owner) is not None else "none"
    series = [
        _line(_("累计用能"), USED, "circle", "solid", used + [None] * (MONTHS - len(used))),
        _line(_("累计允许"), ALLOWED, symbol, "dashed", moment.allowed_by_month(owner, cap_tce)),
    ]
    if before[-1] is not None:
        series.append(_line(_("上年累计"), BEFORE, symbol, "dotted", before))
    return {
        "kind": "lines", "label": _("总量进度"), "unit": "tce", "series": series,
        "periods": [f"{month.year}-{no:02d}" for no in range(1, MONTHS + 1)],
    }  # fmt: skip


def _line(name: str, colour: str, symbol: str, dash: str, values: Sequence[float | None]) -> dict[str, Any]:
    shown = [None if value is None else round(value, 2) for value in values]
    return {"name": name, "color": colour, "symbol": symbol, "dash": dash, "values": shown}
