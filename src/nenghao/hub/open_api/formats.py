"""One table, three forms: JSON, CSV with units in its header, an Arrow stream."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
from django.http import HttpRequest, HttpResponse

from nenghao.hub.open_api.rows import OFFSET_S, ZONE

pc: Any = pyarrow.compute  # its functions are made at run time
Form = Literal["json", "csv", "arrow"]
MEDIA: dict[Form, str] = {
    "json": "application/json", "csv": "text/csv; charset=utf-8", "arrow": "application/vnd.apache.arrow.stream",
}  # fmt: skip
ROWS_AT_ONCE = 5_000
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer: its rows, the cursor of the next page, and the mark to ask for changes with later."""

    table: pa.Table
    next_cursor: str | None = None
    mark: str | None = None


def form_of(request: HttpRequest, chosen: str) -> Form:
    """Give the form that is asked for: ``?format=`` first, then the Accept header, else JSON."""
    if chosen in MEDIA:
        return chosen  # type: ignore[return-value]
    accepted = request.headers.get("Accept", "")
    for form, media in (("arrow", MEDIA["arrow"]), ("csv", "text/csv")):
        if media in accepted:
            return form  # type: ignore[return-value]
    return "json"


def page_answer(request: HttpRequest, page: Page, *, form: str = "", bom: bool = False) -> HttpResponse:
    """Give a page in the form that is asked for; cursor and mark stand in headers in every form."""
    chosen = form_of(request, form)
    body = {"json": _json, "csv": _csv, "arrow": _arrow}[chosen](page)
    answer = HttpResponse(BOM + body if bom and chosen == "csv" else body, content_type=MEDIA[chosen])
    answer["X-Nenghao-Rows"] = str(page.table.num_rows)
    if page.next_cursor:
        answer["X-Nenghao-Next-Cursor"] = page.next_cursor
    if page.mark:
        answer["X-Nenghao-Mark"] = page.mark
    return answer


def _json(page: Page) -> bytes:
    rows = b",".join(_json_rows(page.table))
    tail = {"count": page.table.num_rows, "next_cursor": page.next_cursor, "mark": page.mark}
    return b'{"rows":[' + rows + b"]," + msgspec.json.encode(tail)[1:]


def _json_rows(table: pa.Table) -> Iterator[bytes]:
    """Encode a few thousand rows at a time, so that a large page does not stand in memory as objects."""
    shown = _with_texts(table)
    for start in range(0, shown.num_rows, ROWS_AT_ONCE):
        yield msgspec.json.encode(shown.slice(start, ROWS_AT_ONCE).to_pylist())[1:-1]


def _csv(page: Page) -> bytes:
    sink = io.BytesIO()
    pyarrow.csv.write_csv(_with_texts(page.table), sink, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()


def _arrow(page: Page) -> bytes:
    told = {"next_cursor": page.next_cursor, "mark": page.mark}
    table = page.table.replace_schema_metadata({name: value for name, value in told.items() if value})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _with_texts(table: pa.Table) -> pa.Table:
    """Write instants as ISO 8601 with the offset of Beijing: 2026-03-04T13:15:00+08:00."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            table = table.set_column(place, field.name, _texts(table.column(place)))
    return table


def _texts(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    millis = instants.cast(pa.int64())
    local = pc.add(millis, OFFSET_S * 1000)
    whole = bool(
        pc.all(pc.equal(pc.subtract(local, pc.multiply(pc.divide(local, 1000), 1000)), 0)).as_py() in (True, None)
    )
    unit = "s" if whole else "ms"
    wall = local.cast(pa.timestamp("ms")).cast(pa.timestamp(unit))
    return pc.strftime(wall, format=f"%Y-%m-%dT%H:%M:%S{ZONE}")
