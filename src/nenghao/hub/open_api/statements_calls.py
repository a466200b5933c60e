"""Accepted statements for another system, cell by cell: what was filed once is not filed again (R84)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router

from nenghao.errors import NenghaoError
from nenghao.hub.open_api.answers import answer, described
from nenghao.hub.open_api.asked import SMALLER_PAGE, Asked, Question, bad_parameter, moment
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.registry_calls import chosen_enterprises
from nenghao.hub.open_api.rows import Row, table_of_rows, told
from nenghao.hub.statements.models import Filing, FilingState
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.reporting.statements import Document
from nenghao.reporting.statements.values import shown

router = Router(tags=["报表 Statements"])
CellStatus = Literal["published", "secondhand", "unverified"]


class StatementsAsked(Asked):
    """Which statements."""

    form: str | None = Field(None, max_length=40, description="报表，如 205-1 / one form", examples=["205-1"])
    period: str | None = Field(None, max_length=7, description="报告期 / period: 2026-10, 2026Q3, 2026")
    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    accepted_since: str = Field("", max_length=40, description="只要此时起通过的 / only what was accepted since")


class StatementCellRow(Row):
    """One filled cell of an accepted statement, current edition (已通过报表的一格)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    form: str = told("报表", "form", "205-1")
    form_version: str = told("表式版本", "version of the form", "1")
    period: str = told("报告期", "period", "2026-10")
    edition: int = told("版次", "edition", 1)
    accepted_at: datetime = told("通过时间", "when it was accepted", "2026-11-08T10:00:00+08:00")
    section: str = told("节", "section of the form", "energy")
    row: str = told("行号；单项为 -", "row; - for single fields", "1")
    row_key: str | None = told("行的名称或能源品种", "what the row is about", "raw_coal")
    field: str = told("栏目", "field", "consumption")
    title: str = told("栏目名称", "heading in Chinese", "消费量·合计")
    text: str = told("填报内容", "as filed", "820.5")
    value: float | None = told("数值；非数字为 null", "the number; null for a text", 820.5)
    unit: str | None = told("计量单位", "unit", "t")
    status: CellStatus = told("栏目的确认状态；unverified 须注明待核", "how sure the form's section is", "secondhand")


@router.get("/statements", summary="已通过的报表 / accepted statements", **described(StatementCellRow))
def statements(request: HttpRequest, asked: Query[StatementsAsked]) -> HttpResponse:
    """已通过报表的全部填报单元格，供信息系统读取，不重复填报。 / Every filled cell of accepted statements, so that
    nobody files the same facts twice; a statement that is reopened is no longer among them.
    """
    caller, question = caller_for(request, Scope.MONTHLY), Question(request, asked, SMALLER_PAGE)
    members = chosen_enterprises(caller, asked.enterprise, asked.region)
    rows = Filing.objects.filter(enterprise__in=members, state=FilingState.ACCEPTED, is_current=True)
    if asked.form:
        rows = rows.filter(form_key=asked.form)
    if asked.period:
        period = _period(asked.period)
        rows = rows.filter(period_kind=period.kind, period_start=period.start)
    if asked.accepted_since:
        rows = rows.filter(decided_at__gte=moment(asked.accepted_since, "accepted_since"))
    place = question.place()
    after = (int(place[0]), int(place[1])) if place else (0, -1)
    found: list[tuple[tuple[int, int], tuple[Any, ...]]] = []
    for filing in rows.filter(pk__gte=after[0]).select_related("enterprise").order_by("pk").iterator(chunk_size=50):
        found += [
            ((filing.pk, number), cell) for number, cell in enumerate(_cells(filing)) if (filing.pk, number) > after
        ]
        if len(found) > question.limit:
            break
    shown_rows = found[: question.limit]
    cursor = question.cursor(*shown_rows[-1][0]) if len(found) > question.limit else None
    return answer(
        request, question, Page(table_of_rows(StatementCellRow, [row for _, row in shown_rows]), cursor, None)
    )


def _period(text: str) -> FilingPeriod:
    try:
        return FilingPeriod.parse(text)
    except NenghaoError as wrong:
        raise bad_parameter("period", wrong.message_zh, wrong.message_en, mend_zh=wrong.mend_zh,
                            mend_en=wrong.mend_en) from wrong  # fmt: skip


def _cells(filing: Filing) -> Iterator[tuple[Any, ...]]:
    document = Document(filing.form, filing.contents, on=filing.period_start)
    head = (
        filing.enterprise.code, filing.form_key, filing.form_version, filing.period.text, filing.edition,
        filing.decided_at,
    )  # fmt: skip
    for section in filing.form.sections:
        for row in document.rows(section.key):
            key = row.texts.get(section.key_field) if section.is_table else None
            for field in section.fields:
                if text := row.texts.get(field.key, ""):
                    unit = field.unit or (row.texts.get("unit") if field.is_number else None)
                    yield (
                        *head, section.key, row.id, key or None, field.key, field.full_title("zh"),
                        shown(field, text) if field.type == "choice" else text,
                        float(text) if field.is_number and field.key in row.values else None, unit or None,
                        field.status or section.status,
                    )  # fmt: skip
