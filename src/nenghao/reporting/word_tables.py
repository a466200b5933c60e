"""Tables in Word documents whose numbers stay whole: widths by content, type as large as the page allows.

A template knows neither how many columns a table has nor how long its numbers are. :func:`with_fitted_tables` looks at
what stands in the cells, gives every column what its longest number needs, and the rest to the columns of text; where
the page is too narrow, the type becomes smaller instead of a number being broken. The heading row is printed again on
every page and a row never crosses to the next.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

LARGEST_PT, SMALLEST_PT = 9.5, 5.0
CELL_MARGIN_PT = 3.0
"""White on either side of a cell's text [pt]."""
ABOVE_PT = 1.5
"""White above and under a cell's text [pt]."""
NAME_EM = 6.0
"""A column of text is never narrower than six characters of its type, when it has so many."""
NUMBER = re.compile(r"[-+−]?(\d{1,3}(,\d{3})+|\d{1,12})(\.\d+)?\s?%?|—")
"""A figure as the tables write it; a longer row of digits is a code."""
_WHOLE = re.compile(r"[!-~×·—−–]+")


@dataclass(frozen=True, slots=True)
class Fitted:
    """How a table is set: width of each column [pt], size of the type [pt], and which columns are numbers."""

    widths: tuple[float, ...]
    size: float
    numeric: tuple[bool, ...]


def with_fitted_tables(content: bytes) -> bytes:
    """Fit every table of a .docx, each with a heading row, to the page it stands on; merged cells are left alone."""
    import docx  # noqa: PLC0415 -- loaded when a file is written: few processes ever write one

    document = docx.Document(io.BytesIO(content))
    for table, width in _on_pages(document):
        if len({len(row._tr.tc_lst) for row in table.rows} | {len(table._tbl.tblGrid.gridCol_lst)}) == 1:
            _apply(table, fitted([[cell.text for cell in row.cells] for row in table.rows], width))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def fitted(rows: Sequence[Sequence[str]], width: float) -> Fitted:
    """Find widths and size for texts, the heading first, on a page ``width`` [pt] wide.

    >>> fitted([["地区", "本月（tce）"], ["济南市", "1,234.50"]], 90.0).numeric
    (False, True)
    """
    columns = list(zip(*rows, strict=True))
    numeric = tuple(_is_numeric(column[1:]) for column in columns)
    needs = [_need(column, is_number) for column, is_number in zip(columns, numeric, strict=True)]
    wishes = [max(need, _wish(column)) for column, need in zip(columns, needs, strict=True)]
    room = width - 2 * CELL_MARGIN_PT * len(columns)
    size = max(SMALLEST_PT, min(LARGEST_PT, int(2 * room / sum(needs)) / 2))
    left = max(0.0, room - size * sum(needs))
    asked = [wish - need for wish, need in zip(wishes, needs, strict=True)]
    if size * sum(asked) < left:  # every text has its line: what is left over goes to all alike
        asked = wishes
        needs = wishes
        left = room - size * sum(needs)
    share, unit = (left / sum(asked) if sum(asked) else 0.0), min(size, room / sum(needs))
    widths = (2 * CELL_MARGIN_PT + unit * need + share * more for need, more in zip(needs, asked, strict=True))
    return Fitted(tuple(widths), size, numeric)


def em(text: str) -> float:
    """Give the length of a text on one line [em], a little more than Times New Roman and a Song typeface need.

    >>> em("综合"), round(em("1,234.50"), 2)
    (2.0, 4.16)
    """
    return sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WFA" or character in "—×":
        return 1.0
    if character in ",.:;' ":
        return 0.4
    if character in "%@MWmw":
        return 1.0
    return 0.8 if character.isupper() else 0.56


def _is_numeric(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells) and all(NUMBER.fullmatch(cell.strip() or "—") for cell in cells)


def _need(column: Sequence[str], is_number: bool) -> float:
    """Give what keeps every number and word of a column whole, and a name from becoming a pole of characters."""
    whole = max((em(word) for cell in column for word in _WHOLE.findall(cell)), default=0.0)
    if is_number:
        return max(whole, *(em(cell) for cell in column[1:]), 2.0)
    return max(whole, min(_wish(column), NAME_EM), 1.0)


def _wish(column: Sequence[str]) -> float:
    """Give what sets every text on one line, the heading on two."""
    heading, *cells = column
    return max(em(heading) / 2 + 0.5, *(em(line) for cell in cells for line in cell.splitlines() or [""]), 1.0)


def _on_pages(document: Document) -> Iterator[tuple[Table, float]]:
    """Yield the tables of the body with the width between the margins of their section [pt]."""
    from docx.oxml.ns import qn  # noqa: PLC0415 -- as above
    from docx.table import Table  # noqa: PLC0415

    sections = iter(document.sections)
    section = next(sections)
    for element in document.element.body.iterchildren():
        if element.tag == qn("w:tbl"):
            lengths = (section.page_width, section.left_margin, section.right_margin)
            page, left, right = (length.pt if length is not None else 0.0 for length in lengths)
            yield Table(element, document), page - left - right
        elif element.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") is not None:
            section = next(sections)


def _apply(table: Table, plan: Fitted) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT  # noqa: PLC0415 -- as above
    from docx.shared import Pt  # noqa: PLC0415

    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    _set_margins(table)
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, plan.widths, strict=True):
        column.w = Pt(width)
    for place, row in enumerate(table.rows):
        _mark(row._tr.get_or_add_trPr(), "w:cantSplit")
        for cell, width, is_number in zip(row.cells, plan.widths, plan.numeric, strict=True):
            cell.width = Pt(width)
            _set_cell(cell, plan.size, is_heading=place == 0, is_number=is_number)
    if table.rows:
        _mark(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")


def _set_cell(cell: Any, size: float, *, is_heading: bool, is_number: bool) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT  # noqa: PLC0415 -- as above
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415
    from docx.shared import Pt  # noqa: PLC0415

    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    if is_number and not is_heading:
        _mark(cell._tc.get_or_add_tcPr(), "w:noWrap")
    for paragraph in cell.paragraphs:
        paragraph.paragraph_format.space_after = Pt(0)
        if is_heading or is_number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if is_heading else WD_ALIGN_PARAGRAPH.RIGHT
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), is_heading


def _set_margins(table: Table) -> None:
    """Give the cells the margins that the widths are reckoned with, in the place that the schema wants them."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 -- as above
    from docx.oxml.ns import qn  # noqa: PLC0415

    margins = OxmlElement("w:tblCellMar")
    sides = (("top", ABOVE_PT), ("left", CELL_MARGIN_PT), ("bottom", ABOVE_PT), ("right", CELL_MARGIN_PT))
    for side, points in sides:
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(20 * points)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    about = table._tbl.tblPr
    for old in about.findall(qn("w:tblCellMar")):
        about.remove(old)
    look = about.find(qn("w:tblLook"))
    about.append(margins) if look is None else look.addprevious(margins)


def _mark(properties: Any, name: str) -> None:
    """Set a property that is either there or not, once."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 -- as above
    from docx.oxml.ns import qn  # noqa: PLC0415

    if properties.find(qn(name)) is None:
        mark = OxmlElement(name)
        successors = properties.find(qn("w:vAlign")) if name == "w:noWrap" else None
        properties.append(mark) if successors is None else successors.addprevious(mark)
