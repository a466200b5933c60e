"""What every question may say: page size, cursor, form; and how its parameters become ranges and choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Schema

from nenghao.errors import NenghaoError
from nenghao.hub.open_api.cursors import Place, question_of, read_cursor, write_cursor
from nenghao.hub.open_api.errors import bad_parameter
from nenghao.hub.open_api.formats import Form
from nenghao.periods import BEIJING, EARLIEST, PeriodKind

LARGEST_PAGE = 100_000
SMALLER_PAGE = 10_000
"""At most so many rows where each of them is looked up in the database."""
BIGGEST_INT = 2**53 - 1
Kind = Literal["hour", "day", "month", "year"]


class Asked(Schema):
    """Parameters of every question that is answered with rows."""

    cursor: str = Field("", max_length=2000, description="上一页返回的游标 / the cursor that the page before gave")
    limit: int = Field(1000, ge=1, le=LARGEST_PAGE, description="每页行数 / rows per page")
    format: Form | None = Field(
        None, description="json、csv 或 arrow，缺省看 Accept / json, csv or arrow; the Accept header otherwise"
    )
    bom: bool = Field(False, description="CSV 前加 BOM（供 Excel） / begin a CSV with a BOM, for Excel")

    def chosen(self) -> dict[str, Any]:
        """Give the parameters with their values."""
        return dict(self)


class Question:
    """One question of one caller: knows its own name, so that only its own cursors are taken."""

    def __init__(self, request: HttpRequest, asked: Asked, most: int = LARGEST_PAGE) -> None:
        self._refuse_unknown(request.GET, type(asked).model_fields)
        self.asked, self.limit = asked, min(asked.limit, most)
        self._name = question_of(request.path, asked.chosen())

    @staticmethod
    def _refuse_unknown(given: Mapping[str, Any], known: Iterable[str]) -> None:
        """A mistyped filter must not silently give everything; a NUL fits into no database."""
        for name in given:
            if name not in known:
                raise bad_parameter(name[:50], "没有这个参数", "there is no such parameter")
            if "\0" in str(given[name]):
                raise bad_parameter(name, "参数含空字符", "the parameter holds a NUL")

    def place(self) -> Place | None:
        """Give the place after which the page begins; ``None`` at the start."""
        return read_cursor(self.asked.cursor, self._name)

    def cursor(self, *place: Any) -> str:
        """Give the cursor of the page after ``place``."""
        return write_cursor(self._name, place)


def moment(text: str, field: str) -> datetime:
    """Read a day (its midnight in Beijing) or a time; one without offset is Beijing time."""
    try:
        day = "T" not in text and " " not in text
        read = datetime.combine(date.fromisoformat(text), time()) if day else datetime.fromisoformat(_plus(text))
        instant = read if read.tzinfo else read.replace(tzinfo=BEIJING)
        if instant < EARLIEST or instant.year > 2100:
            raise ValueError(text)
        return instant.astimezone(BEIJING)
    except (ValueError, OverflowError) as error:
        raise bad_parameter(
            field, "时间无法识别", "the time cannot be read", mend_zh="写成 2026-03-04 或 2026-03-04T13:15:00+08:00",
            mend_en="write 2026-03-04 or 2026-03-04T13:15:00+08:00",
        ) from error  # fmt: skip


def _plus(text: str) -> str:
    """Mend the commonest slip: a plus sign in an address that was not escaped arrives as a space."""
    return f"{text[:-6]}+{text[-5:]}" if len(text) > 6 and text[-6] == " " and text[-3] == ":" and "T" in text else text


def span(start: str, end: str) -> tuple[datetime, datetime]:
    """Read a half-open range."""
    first, last = moment(start, "start"), moment(end, "end")
    if last <= first:
        raise bad_parameter("end", "结束须晚于开始", "the end must come after the start")
    return first, last


def month_of(text: str, field: str) -> date:
    """Read a month, 2026-03, as its first day."""
    try:
        if len(text) != 7:
            raise ValueError(text)
        return moment(f"{text}-01", field).date()
    except ValueError as error:
        raise bad_parameter(field, "月份无法识别", "the month cannot be read", mend_zh="写成 2026-03",
                            mend_en="write 2026-03") from error  # fmt: skip


def period_kind(kind: Kind) -> PeriodKind:
    """Give the kind of period of its word."""
    return PeriodKind(kind)


def since_or_time(text: str, field: str) -> int | datetime:
    """Read a mark (digits) or a time, for ``changed_since``."""
    if text.isdigit():
        if int(text) > BIGGEST_INT:
            raise bad_parameter(field, "标记无法识别", "the mark cannot be read")
        return int(text)
    return moment(text, field)


def today() -> date:
    """Give today in Beijing."""
    return timezone.now().astimezone(BEIJING).date()


def unknown(field: str, value: str) -> NenghaoError:
    """Give the refusal of a name that nothing has."""
    return NenghaoError("parameter-unknown", f"没有 {value[:40]}", f"there is no {value[:40]}", field=field)


OVERLAP = timedelta(minutes=2)
"""Taken off a time asked for: what is received at a time is stored a moment later."""
