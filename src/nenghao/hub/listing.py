"""Tables of database rows: searched, filtered, sorted and paged on the server, exported as they are shown.

The whole state is in the URL (``?q=…&status=pending&sort=-name&page=2``), so that a link can be sent;
``format=xlsx`` gives the same rows, all pages, as a workbook.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, QueryDict
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from nenghao.hub.monitoring.words import unit_word
from nenghao.reporting import MAX_ROWS, Column, table_workbook
from nenghao.reporting.workbook import FORMULA_START, Kind, Value

PAGE_SIZE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class ListColumn:
    """One column: how a row's value is found, sorted and shown.

    ``order`` is the field to sort by (none: not sortable); ``template`` draws the cell with ``row`` and ``value``. A
    column that is ``export_only`` stands in the workbook but not on the page, where another cell says the same.
    """

    title: str
    value: Callable[[Any], Value]
    kind: Kind = "text"
    unit: str = ""
    order: str = ""
    template: str = ""
    export_only: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the table; ``choices`` maps the URL's word to its label, ``lookup`` is the field it selects.

    Where no field holds what is chosen, ``pick`` narrows the query to the rows of the chosen word.
    """

    name: str
    label: str
    lookup: str
    choices: Sequence[tuple[Any, Any]]
    pick: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A table of one page: its rows, columns, search fields and filters.

    ``rows`` is a query, or plain objects where another store knows what is filtered and sorted by; then the fields that
    are searched, filtered (``Filter.lookup``) and sorted (``ListColumn.order``) by are attributes, one or, with ``__``,
    a path of them. A filtered attribute that holds several words (a tuple) matches each of them.

    ``decorate`` is called with the rows that are shown (one page, or all for an export), to add what another store
    knows about them in one query.
    """

    title: str
    rows: QuerySet[Any] | Sequence[Any]
    columns: Sequence[ListColumn]
    search: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    decorate: Callable[[Sequence[Any]], None] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)

    def selected(self, query: QueryDict) -> QuerySet[Any] | Sequence[Any]:
        """Apply search, filters and sorting from the URL; unknown words are ignored."""
        rows = self.rows
        if not isinstance(rows, QuerySet):
            return self._selected_objects(rows, query)
        if (words := query.get("q", "").strip()) and self.search:
            rows = rows.filter(reduce(or_, (Q(**{f"{name}__icontains": words}) for name in self.search)))
        for choice in self.filters:
            if (value := query.get(choice.name, "")) in {str(known) for known, _label in choice.choices}:
                rows = choice.pick(rows, value) if choice.pick else rows.filter(**{choice.lookup: value})
        wanted = query.get("sort", "")
        if wanted.removeprefix("-") in {column.order for column in self.columns if column.order}:
            rows = rows.order_by(wanted, "pk")
        return rows

    def _selected_objects(self, rows: Sequence[Any], query: QueryDict) -> Sequence[Any]:
        """Do with plain objects what the database does with a query; what is not known is sorted last."""
        if (words := query.get("q", "").strip().lower()) and self.search:
            rows = [row for row in rows if any(words in str(_attribute(row, name)).lower() for name in self.search)]
        for choice in self.filters:
            if (wanted := query.get(choice.name, "")) in {str(known) for known, _label in choice.choices}:
                rows = [row for row in rows if wanted in _words(_attribute(row, choice.lookup))]
        wanted = query.get("sort", "")
        name = wanted.removeprefix("-")
        if name not in {column.order for column in self.columns if column.order}:
            return rows
        known = [row for row in rows if _attribute(row, name) is not None]
        known.sort(key=lambda row: _attribute(row, name), reverse=wanted.startswith("-"))
        return known + [row for row in rows if _attribute(row, name) is None]


def _attribute(row: Any, path: str) -> Any:
    return reduce(getattr, path.split("__"), row)


def _words(value: Any) -> set[str]:
    return {str(word) for word in value} if isinstance(value, (tuple, frozenset)) else {str(value)}


def _direction(column: ListColumn, sort: str) -> str:
    """Say how a table is sorted by this column, in the words of ``aria-sort``; nothing where it is not."""
    return {column.order: "ascending", f"-{column.order}": "descending"}.get(sort, "") if column.order else ""


def listing_context(listing: Listing, request: HttpRequest) -> dict[str, Any]:
    """Give the template's context for ``listing/table.html``: headings, one page of rows."""
    sort = request.GET.get("sort", "")
    page: Page = Paginator(listing.selected(request.GET), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    if listing.decorate:
        listing.decorate(rows)
    shown = [column for column in listing.columns if not column.export_only]
    cells = [(row, [(column, column.value(row)) for column in shown]) for row in rows]
    return {
        "listing": listing,
        "headings": [(column, _direction(column, sort)) for column in shown],
        "sort": sort,
        "table_rows": cells,
        "page": page,
        "filters": [(choice, request.GET.get(choice.name, "")) for choice in listing.filters],
        "q": request.GET.get("q", ""),
    }


def wants_workbook(request: HttpRequest) -> bool:
    """Tell whether the table is asked for as a file."""
    return request.GET.get("format") == "xlsx"


def workbook_response(listing: Listing, request: HttpRequest, *, now: datetime) -> FileResponse:
    """Give all selected rows as an Excel file."""
    rows = list(listing.selected(request.GET)[: MAX_ROWS + 1])
    if listing.decorate:
        listing.decorate(rows)
    return workbook(
        title=listing.title,
        columns=[Column(str(column.title), column.kind, unit_word(column.unit)) for column in listing.columns],
        rows=[[_plain(column.value(row)) for column in listing.columns] for row in rows],
        notes=[(str(label), str(text)) for label, text in listing.notes.items()],
        now=now,
    )


def wants_csv(request: HttpRequest) -> bool:
    """Tell whether the table is asked for as plain text."""
    return request.GET.get("format") == "csv"


def csv_response(listing: Listing, request: HttpRequest, *, now: datetime) -> FileResponse:
    """Give all selected rows as CSV in UTF-8 with its mark, as spreadsheets and the imports read it."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow([str(column.title) for column in listing.columns])
    for row in listing.selected(request.GET)[:MAX_ROWS]:
        writer.writerow([_csv_cell(column.value(row)) for column in listing.columns])
    content = io.BytesIO(lines.getvalue().encode("utf-8-sig"))
    name = f"{slugify(listing.title, allow_unicode=True)}-{localtime(now):%Y%m%d-%H%M}.csv"
    return FileResponse(content, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


def _csv_cell(value: Value) -> Value:
    """Keep a text from being taken for a formula, as the workbooks do."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_START) else _plain(value)


def workbook(
    *,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    notes: Iterable[tuple[str, str]],
    now: datetime,
) -> FileResponse:
    """Give a table as an Excel download, named after its title and time."""
    when = localtime(now)
    origin = [*notes, (_("导出时间"), f"{when:%Y-%m-%d %H:%M}")]
    name = f"{slugify(title, allow_unicode=True)}-{when:%Y%m%d-%H%M}.xlsx"
    content = table_workbook(title, columns, rows, origin, notes_title=_("说明"))
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)


def _plain(value: Value) -> Value:
    return value if value is None or isinstance(value, (str, int, float, datetime)) else str(value)
