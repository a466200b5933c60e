"""From a row's class to columns: the class says names, types and words once; tables, JSON, CSV and Arrow follow it."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute
from ninja import Field, Schema

pc: Any = pyarrow.compute  # its functions are made at run time
ZONE = "+08:00"
OFFSET_S = 8 * 3600
INSTANT = pa.timestamp("ms", tz=ZONE)
_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), date: pa.date32(), datetime: INSTANT,
}  # fmt: skip


class Row(Schema):
    """One row of an answer; ``None`` means not known, never zero."""


def told(chinese: str, english: str, example: Any = None, **facts: Any) -> Any:
    """Give a field's description in both languages, with an example."""
    examples = {} if example is None else {"examples": [example]}
    return Field(..., description=f"{chinese} / {english}", **examples, **facts)


def arrow_schema(row: type[Row]) -> pa.Schema:
    """Give the Arrow schema of a row class, in the order of its fields."""
    return _schema(row)  # type: ignore[arg-type]


@cache
def _schema(row: Any) -> pa.Schema:
    hints = typing.get_type_hints(row)
    return pa.schema([(name, _arrow_type(hints[name])) for name in row.model_fields])


def _arrow_type(hint: Any) -> pa.DataType:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return pa.string() if typing.get_origin(hint) is Literal else _TYPES[hint]


def table_of(row: type[Row], columns: Mapping[str, Any]) -> pa.Table:
    """Make the table of a row class from Arrow or NumPy columns or sequences; times are wall times or aware."""
    schema = arrow_schema(row)
    return pa.table([_column(columns[field.name], field.type) for field in schema], schema=schema)


def table_of_rows(row: type[Row], rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Make the table of a row class from tuples in the order of its fields."""
    names, columns = arrow_schema(row).names, list(zip(*rows, strict=True))
    return table_of(row, dict(zip(names, columns or [()] * len(names), strict=True)))


def _column(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, np.ma.MaskedArray):
        values = pa.array(values.data, mask=np.ma.getmaskarray(values))
    if not isinstance(values, (pa.Array, pa.ChunkedArray)):
        values = pa.array(values, type=kind if not isinstance(values, np.ndarray) else None, from_pandas=True)
    if pa.types.is_timestamp(kind) and pa.types.is_timestamp(values.type) and values.type.tz is None:
        return from_wall(values)
    if pa.types.is_floating(kind) and pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)
    return values.cast(kind)


def from_wall(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Turn Beijing wall times into instants."""
    millis = values.cast(pa.timestamp("ms"), safe=False).cast(pa.int64())
    return pc.subtract(millis, OFFSET_S * 1000).cast(INSTANT)


def words(codes: pa.Array | pa.ChunkedArray, names: Sequence[str]) -> pa.Array | pa.ChunkedArray:
    """Turn small numbers into their words; a number without word becomes null."""
    return pc.take(pa.array([*names, None]), pc.min_element_wise(codes.cast(pa.int64()), len(names)))


def looked_up(
    ids: pa.Array | pa.ChunkedArray, known: Mapping[int, Any], kind: pa.DataType
) -> pa.Array | pa.ChunkedArray:
    """Turn keys into what is known of each (a code, a name); null where nothing is."""
    keys = pa.array(list(known), type=pa.int64())
    places = pc.index_in(ids.cast(pa.int64()), value_set=keys)
    return pc.take(pa.array(list(known.values()), type=kind), places)
