"""A statement as headings and tables of text, for Word and PDF: what both print is made once."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nenghao.reporting.statements.definitions import Field, Section
from nenghao.reporting.statements.document import Document, Row
from nenghao.reporting.statements.values import shown

PENDING = "（待核）"


@dataclass(frozen=True, slots=True)
class Block:
    """One section: its heading, the titles of its columns (none for pairs of label and value), rows, and a note.

    ``numeric`` tells which columns are numbers, ``weights`` how wide the columns are to each other.
    """

    heading: str
    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    weights: tuple[float, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """One sheet of the form with its blocks."""

    title: str
    blocks: tuple[Block, ...]


def leaves(
    document: Document, totals: Mapping[str, Mapping[str, str | None]] | None = None, doubts: Container[str] = ()
) -> Iterator[Leaf]:
    """Yield the sheets of a statement; ``totals`` as they were filed stand in for computed ones.

    ``doubts`` are the cells (``section/row/field``) that rest on something unverified: that is said behind them.
    """
    for sheet in document.form.sheets:
        sections = [document.form.section(key) for key in sheet.sections]
        yield Leaf(sheet.title, tuple(_block(document, one, totals, doubts) for one in sections))


def _block(
    document: Document, section: Section, totals: Mapping[str, Mapping[str, str | None]] | None, doubts: Container[str]
) -> Block:
    heading = section.zh + (PENDING if section.status == "unverified" else "")
    note = f"出处：{section.source}" + (f"。{section.note}" if section.note else "")
    if not section.is_table:
        row = document.rows(section.key)[0]
        pairs = [
            (one.zh + (f"（{one.unit}）" if one.unit else ""), _text(section, row, one, doubts))
            for one in section.fields
        ]
        return Block(heading, (), tuple(pairs), (False, False), (1.0, 2.0), note)
    titles = tuple(one.full_title("zh") + (f"\n[{one.unit}]" if one.unit else "") for one in section.fields)
    rows = [
        tuple(_text(section, row, one, doubts) for one in section.fields)
        for row in document.rows(section.key)
        if not row.is_blank or section.preset
    ]
    if section.total is not None:
        rows.append(_total_row(document, section, totals))
    weights = tuple(float(one.width) for one in section.fields)
    return Block(heading, titles, tuple(rows), tuple(one.is_number for one in section.fields), weights, note)


def _text(section: Section, row: Row, field: Field, doubts: Container[str]) -> str:
    text = shown(field, row.texts.get(field.key, ""))
    return text + PENDING if text and f"{section.key}/{row.id}/{field.key}" in doubts else text


def _total_row(
    document: Document, section: Section, totals: Mapping[str, Mapping[str, str | None]] | None
) -> tuple[str, ...]:
    assert section.total is not None
    filed = (totals or {}).get(section.key)
    numbers: Mapping[str, Decimal | str | None] = filed if filed is not None else document.totals[section.key]
    texts: Sequence[str] = [
        _number(numbers[one.key]) if one.key in numbers else section.total.labels.get(one.key, "")
        for one in section.fields
    ]
    return tuple(texts)


def _number(value: Decimal | str | None) -> str:
    return "" if value is None else f"{Decimal(value):,.2f}"
