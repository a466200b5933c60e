"""How an operation describes its answers in the OpenAPI document, and pages over tables of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from nenghao.hub.open_api.asked import Question
from nenghao.hub.open_api.formats import MEDIA, Page, page_answer
from nenghao.hub.open_api.rows import Row, arrow_schema, table_of_rows

RowType = TypeVar("RowType")


class Rows(Schema, Generic[RowType]):
    """A page of rows."""

    rows: list[RowType]
    count: int = Field(..., description="本页行数 / rows on this page")
    next_cursor: str | None = Field(
        ..., description="下一页游标，null 为最后一页 / cursor of the next page; null: the last"
    )
    mark: str | None = Field(..., description="供下次增量查询的标记 / mark to ask for changes with the next time")


class Problem(Schema):
    """What went wrong, in two languages, and what mends it."""

    code: str = Field(..., examples=["parameter-invalid"])
    message_zh: str
    message_en: str
    mend_zh: str
    mend_en: str
    field: str


PROBLEMS: dict[int, Any] = {status: Problem for status in (401, 403, 404, 422, 429, 503)}


def described(row: Any) -> dict[str, Any]:
    """Give the keywords of an operation that answers with rows: its schema, its problems, its three forms."""
    forms = {
        MEDIA["csv"].split(";")[0]: {
            "schema": {"type": "string", "description": "首行为列名 / names in the first line"}
        },
        MEDIA["arrow"]: {"schema": {"type": "string", "format": "binary", "description": "Arrow IPC stream"}},
    }
    headers = {
        name: {"schema": {"type": "string"}, "description": words} for name, words in (
            ("X-Nenghao-Rows", "行数 / rows"), ("X-Nenghao-Next-Cursor", "下一页游标 / cursor of the next page"),
            ("X-Nenghao-Mark", "增量标记 / mark for changes"),
        )
    }  # fmt: skip
    return {
        "response": {200: Rows[row], **PROBLEMS},
        "openapi_extra": {"responses": {200: {"content": forms, "headers": headers}}},
    }


def answer(request: HttpRequest, question: Question, page: Page) -> HttpResponse:
    """Give the page in the form that was asked for."""
    return page_answer(request, page, form=question.asked.format or "", bom=question.asked.bom)


def page_of(
    question: Question, rows: QuerySet[Any], row: type[Row], fields: Mapping[str, str], *, mark: int | None = None
) -> Page:
    """Give a page of a database table in the order of its keys; ``fields`` maps the row's names to the model's.

    The mark of the first page goes along in the cursor: what changes while pages are fetched is newer than it.
    """
    place, limit = question.place(), question.limit
    if place:
        mark, rows = place[0], rows.filter(pk__gt=place[1])
    found = list(
        rows.order_by("pk").values_list("pk", *(fields[name] for name in arrow_schema(row).names))[: limit + 1]
    )
    shown = found[:limit]
    return Page(
        table_of_rows(row, [_known(one[1:]) for one in shown]),
        question.cursor(mark, shown[-1][0]) if len(found) > limit else None,
        None if mark is None else str(mark),
    )


def _known(values: Sequence[Any]) -> list[Any]:
    """What the registry keeps as an empty word is not known."""
    return [None if value == "" else value for value in values]
