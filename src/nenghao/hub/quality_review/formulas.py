"""A scheme as spreadsheet formulas: the same arithmetic as ``nenghao.quality.scores``, for anyone to check by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.hub.quality_review.scoring import Scored
from nenghao.hub.quality_review.templatetags.quality import named, noted, status_word, verdict_word
from nenghao.hub.quality_review.words import measure_word
from nenghao.quality.scores import Index
from nenghao.reporting import Column, Formula, SheetTable
from nenghao.reporting.workbook import Value


def measure_cells(table: SheetTable) -> Mapping[str, str]:
    """Give the cell of every measure on the sheet of measures, as another sheet names it."""
    return {str(row[0]): f"'{table.name}'!$C${number}" for number, row in enumerate(table.rows, start=2)}


def _sum(terms: Sequence[str], cells: Mapping[str, str]) -> str:
    """Write a sum of measures: the minus sign of a term is kept."""
    signed = [f"-{cells[term[1:]]}" if term.startswith("-") else f"+{cells[term]}" for term in terms]
    return "".join(signed).removeprefix("+")


def _terms(terms: Sequence[str]) -> str:
    """Name a sum of measures in words."""
    words = [("−" if term.startswith("-") else "+") + measure_word(term.removeprefix("-")) for term in terms]
    return " ".join(words).removeprefix("+")


def value_formula(index: Index, upper: str, lower: str) -> Formula:
    """Write the value of an index from the cells of its numerator and denominator; an empty text where not judged."""
    empty = {"exclude": '""', "zero": "0", "full": "1"}[index.when_empty]
    if index.kind == "balance":
        value = f"IF(AND({upper}>0,{lower}>0),MIN({upper},{lower})/MAX({upper},{lower}),0)"
    else:
        ratio = f"{upper}/{lower}" if index.kind == "ratio" else f"1-{upper}/{lower}"
        value = f"MAX(0,MIN(1,{ratio}))"
    return Formula(f"IF({lower}=0,{empty},{value})")


def score_table(scored: Scored, cells: Mapping[str, str]) -> SheetTable:
    """Give the sheet of points: a row per index, then the total; ``系统显示`` is what the page shows."""
    scheme = scored.score.scheme
    columns = [
        Column(pgettext("quality", "指标")), Column(_("分子")), Column(_("分母")), Column(_("分子值"), "factor"),
        Column(_("分母值"), "factor"), Column(_("指标值"), "percent"), Column(_("权重"), "factor"),
        Column(_("计入权重"), "factor"), Column(_("满分"), "number"), Column(_("得分"), "number"),
        Column(_("失分"), "number"), Column(_("系统显示得分"), "number"), Column(_("状态")), Column(_("条款")),
        Column(_("说明")),
    ]  # fmt: skip
    last = len(scheme.indices) + 1
    rows: list[list[Value]] = []
    for n, (index, part) in enumerate(zip(scheme.indices, scored.score.indices, strict=True), start=2):
        excluded = f"IF(E{n}=0,0,G{n})" if index.when_empty == "exclude" else f"G{n}"
        rows.append([
            named(index), _terms(index.numerator), _terms(index.denominator),
            Formula(_sum(index.numerator, cells)), Formula(_sum(index.denominator, cells)),
            value_formula(index, f"D{n}", f"E{n}"), index.weight, Formula(excluded),
            Formula(f"IF(SUM($H$2:$H${last})=0,0,{scheme.total:g}*H{n}/SUM($H$2:$H${last}))"),
            Formula(f'IF(F{n}="",0,I{n}*F{n})'), Formula(f"I{n}-J{n}"), part.points if scored.is_judged else None,
            status_word(index.status), index.clause, noted(index),
        ])  # fmt: skip
    rows.append([
        _("合计"), "", "", None, None, None, Formula(f"SUM(G2:G{last})"), Formula(f"SUM(H2:H{last})"),
        Formula(f"SUM(I2:I{last})"),
        Formula(f'IF({cells["records_due"]}=0,"{_("不能判定")}",SUM(J2:J{last}))'), Formula(f"SUM(K2:K{last})"),
        scored.total if scored.is_judged else _("不能判定"),
        status_word("unverified" if scheme.is_unverified else scheme.status), scheme.clause, noted(scheme),
    ])  # fmt: skip
    return SheetTable(_("评分"), columns, rows)


def acceptance_table(scored: Scored, cells: Mapping[str, str]) -> SheetTable:
    """Give the sheet of the acceptance rule: each value against its threshold."""
    columns = [
        Column(pgettext("quality", "指标")), Column(_("分子")), Column(_("分母")), Column(_("分子值"), "factor"),
        Column(_("分母值"), "factor"), Column(_("指标值"), "percent"), Column(_("限值"), "percent"), Column(_("判定")),
        Column(_("系统显示判定")), Column(_("状态")), Column(_("条款")), Column(_("说明")),
    ]  # fmt: skip
    rows: list[list[Value]] = []
    words = {True: verdict_word("pass"), False: verdict_word("fail"), None: verdict_word(None)}
    for n, part in enumerate(scored.score.indices, start=2):
        index, limit = part.index, part.index.threshold
        met = (
            f'IF(F{n}="","{words[None]}",IF(F{n}{limit.comparison}G{n},"{words[True]}","{words[False]}"))'
            if limit
            else '""'
        )
        rows.append([
            named(index), _terms(index.numerator), _terms(index.denominator),
            Formula(_sum(index.numerator, cells)), Formula(_sum(index.denominator, cells)),
            value_formula(index, f"D{n}", f"E{n}"), limit.value if limit else None, Formula(met), words[part.passed],
            status_word(index.status), index.clause, noted(index),
        ])  # fmt: skip
    rows.append([
        _("结论"), "", "", None, None, None, None, None, verdict_word(scored.verdict),
        status_word(scored.score.scheme.status), scored.score.scheme.clause, noted(scored.score.scheme),
    ])  # fmt: skip
    return SheetTable(_("验收"), columns, rows)
