"""Rows of an answer: frozen dataclasses whose fields are the columns of the query."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

import duckdb

from nenghao.errors import NenghaoError
from nenghao.periods import PeriodKind, from_wall, wall

Row = TypeVar("Row")
Border = datetime | date
"""An aware instant, or a day: its midnight in Beijing."""


def rows_as(result: duckdb.DuckDBPyConnection, row_type: type[Row]) -> tuple[Row, ...]:
    """Make one ``row_type`` of every row, columns as keywords; wall times become aware instants."""
    names = [column[0] for column in result.description or ()]
    return tuple(row_type(**dict(zip(names, map(_aware, row), strict=True))) for row in result.fetchall())


def wall_border(border: Border) -> datetime:
    """Give the Beijing wall time of a range's border."""
    return wall(border) if isinstance(border, datetime) else datetime(border.year, border.month, border.day)  # noqa: DTZ001


def stored_kind(kind: PeriodKind) -> str:
    """Give the stored name of a period kind; only hour, day, month and year are rolled up."""
    if kind not in (PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR):
        raise NenghaoError(
            "period-kind", f"没有按 {kind.value} 汇总的数据", f"nothing is rolled up by {kind.value}", field="kind",
            mend_zh="可用: hour, day, month, year", mend_en="use hour, day, month or year",
        )  # fmt: skip
    return kind.value


def _aware(value: Any) -> Any:
    return from_wall(value) if isinstance(value, datetime) else value
