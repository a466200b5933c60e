"""A figure of an account unfolded: from the total to formula, factor, clause, readings' items and ledger rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.accounting.account import Account
from nenghao.accounting.trace import TraceRow, flat_rows, trace, trace_energy
from nenghao.hub.energy_accounts.pages import Months, in_language
from nenghao.hub.energy_accounts.services import account_of
from nenghao.hub.evidence.models import FigureKind, MonthlyFigure
from nenghao.hub.monitoring.exports import Sheet
from nenghao.hub.monitoring.formats import number
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import in_page_language, page_language
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.readings import ReadingStore
from nenghao.reference import status_label
from nenghao.reporting import Column

Basis = Literal["calorific", "equivalent"]
RULES = {
    "balance": ("由平衡推算：购进等减外供、损失与库存变化", "by the balance: what came in less what left"),
    "boundary": ("按核算边界调整", "adjusted to the boundary"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What a figure rests on, in words, with where to look."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the tree in the page's language; ``indent`` is its depth [rem]."""

    depth: int
    label: str
    value: float | None
    unit: str
    formula: str
    clause: str
    status: str
    is_unverified: bool
    note: str
    measured_ratio: float | None
    references: Sequence[Reference]

    @property
    def shown(self) -> str:
        """The value with its digits: factors in full, quantities with two decimals."""
        if self.value is None:
            return "–"
        return f"{self.value:,.6g}" if self.unit.startswith("kgce/") else number(self.value, 3)


@dataclass(frozen=True, slots=True)
class TracePage:
    """The tree as rows, parents before children."""

    enterprise: Enterprise
    span: Span
    basis: Basis
    energy_key: str
    account: Account
    rows: Sequence[Row]


def trace_page(
    *, store: ReadingStore, enterprise: Enterprise, span: Span, basis: Basis, energy_key: str = ""
) -> TracePage:
    """Unfold the total of an account, or what one energy adds to it."""
    months = Months.of(span)
    found = account_of(store=store, enterprise=enterprise, start=months.start, end=months.end)
    energy = next((one for one in found.energies if one.energy_key == energy_key), None)
    tree = trace(found, basis) if energy is None else trace_energy(energy, found.rules, basis)
    sources = _Sources(enterprise, months, span)
    rows = [_row(row, sources) for row in flat_rows(tree)]
    return TracePage(enterprise, span, basis, energy.energy_key if energy else "", found, rows)


def _row(row: TraceRow, sources: _Sources) -> Row:
    references = [
        reference for text in row.references.split("; ") if text for part in text.split(";")
        for reference in sources.of(part)
    ]  # fmt: skip
    return Row(
        row.depth, in_language(row.label_zh, row.label_en), row.value, row.unit,
        in_language(row.formula_zh, row.formula_en), row.clause, status_label(row.status, page_language()),
        row.status == "unverified", in_page_language(row.note), row.measured_ratio, references,
    )  # fmt: skip


class _Sources:
    """Turns the names of sources into words and links; data items and ledger rows are looked up once."""

    def __init__(self, enterprise: Enterprise, months: Months, span: Span) -> None:
        self._code, self._query = enterprise.code, urlencode({"period": span.text})
        items = DataItem.objects.filter(enterprise=enterprise)
        known = items.values_list("data_code", "name", "energy_key")
        self._items = {code: (name, energy) for code, name, energy in known}
        rows = MonthlyFigure.objects.filter(
            enterprise=enterprise, month__gte=months.start, month__lt=months.end, is_current=True, withdrawn=False
        )
        self._documents: dict[str, list[str]] = {}
        for row in rows.exclude(document="").order_by("month"):
            self._documents.setdefault(row.kind, []).append(row.document)

    def of(self, text: str) -> Iterable[Reference]:
        """Give what a name of a source refers to."""
        kind, _colon, name = text.strip().partition(":")
        if kind == "reading" and name in self._items:
            title, energy_key = self._items[name]
            yield Reference(f"{title} {name}", reverse("figure", args=[self._code, energy_key]) + f"?{self._query}")
        elif kind == "ledger" and name in FigureKind.values:
            documents = "、".join(dict.fromkeys(self._documents.get(name, ())))
            label = _("台账：%(kind)s") % {"kind": FigureKind(name).label}
            yield Reference(
                f"{label}（{documents}）" if documents else label,
                reverse("figures", args=[self._code]) + f"?kind={name}",
            )
        elif kind == "rule" and name in RULES:
            yield Reference(in_language(*RULES[name]), reverse("energy-account-rules", args=[self._code]))
        elif text.strip():
            yield Reference(in_page_language(text.strip()))


def trace_sheet(page: TracePage) -> Sheet:
    """Give the tree as a table: the depth says what belongs to what."""
    columns = [
        Column(pgettext("depth", "层级"), "integer"), Column(_("项目")), Column(_("数值"), "factor"), Column(_("单位")),
        Column(_("算式")), Column(_("条款")), Column(_("状态")), Column(_("依据")), Column(_("实测占比"), "percent"),
        Column(_("说明")),
    ]  # fmt: skip
    rows = [
        [row.depth, "　" * row.depth + row.label, row.value, row.unit, row.formula, row.clause, row.status,
         "；".join(reference.text for reference in row.references), row.measured_ratio, row.note]
        for row in page.rows
    ]  # fmt: skip
    return Sheet("trace", _("数据溯源"), columns, rows)
