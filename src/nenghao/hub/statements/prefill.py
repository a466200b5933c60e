"""Fills a new statement with what is known, each cell with its origin; the providers say what is known.

A form's field names its provider (:mod:`nenghao.hub.statements.providing`), a section's ``prefill_rows`` that of its
rows. Nothing known gives a blank cell, never a zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from nenghao.errors import NenghaoError
from nenghao.hub.statements import books, standing  # noqa: F401 - they register their providers
from nenghao.hub.statements.facts import Facts
from nenghao.hub.statements.figures import Figure, Text
from nenghao.hub.statements.providing import PROVIDERS, ROWS, Asked
from nenghao.reporting.statements import Field, Form, Section
from nenghao.reporting.statements.document import ROW_ID
from nenghao.reporting.statements.loading import SINGLE_ROW
from nenghao.reporting.statements.problems import plain
from nenghao.reporting.statements.values import DECIMALS, canonical


def prefilled(form: Form, facts: Facts) -> tuple[dict[str, list[dict[str, str]]], dict[str, dict[str, str]]]:
    """Give the contents that a new statement starts with, and the origin of each cell in them.

    An origin is ``{"value", "zh", "en", "url"}`` by ``section/row/field``, with ``"status": "unverified"`` where it
    rests on something unverified (待核).
    """
    contents: dict[str, list[dict[str, str]]] = {}
    origins: dict[str, dict[str, str]] = {}
    for section in form.sections:
        contents[section.key] = []
        for row_id, key in _rows(section, facts):
            cells = {ROW_ID: row_id} | ({section.key_field: key} if section.is_table and not section.preset else {})
            for field, text, origin in _cells(form, section, facts, key):
                cells[field.key] = text
                origins[f"{section.key}/{row_id}/{field.key}"] = {"value": text, **origin}
            contents[section.key].append(cells)
    return contents, origins


def prefill_row(form: Form, section: Section, facts: Facts, key: str) -> Iterator[tuple[Field, str, dict[str, str]]]:
    """Yield the cells of one row, for an energy that was just chosen."""
    return _cells(form, section, facts, key)


def _rows(section: Section, facts: Facts) -> Iterator[tuple[str, str]]:
    if not section.is_table:
        yield SINGLE_ROW, ""
    elif section.preset:
        yield from ((key, key) for key in section.preset)
    elif section.prefill_rows in ROWS:
        yield from ((str(number), key) for number, key in enumerate(ROWS[section.prefill_rows](facts), start=1))


def _cells(form: Form, section: Section, facts: Facts, key: str) -> Iterator[tuple[Field, str, dict[str, str]]]:
    for field in section.typed:
        family, _, what = field.prefill.partition(".")
        answer = PROVIDERS[family](facts, Asked(form, section, field, key, what)) if family in PROVIDERS else None
        if answer is not None and (text := _kept(field, answer)):
            yield field, text, _origin(answer)


def _kept(field: Field, answer: Figure | Text) -> str:
    text = number_text(field, answer.value) if isinstance(answer, Figure) else answer.value
    try:
        return canonical(field, text)
    except NenghaoError:  # a number beyond what the form holds
        return ""


def _origin(answer: Figure | Text) -> dict[str, str]:
    told = {"zh": answer.zh, "en": answer.en, "url": answer.url}
    return told | {"status": "unverified"} if answer.is_unverified else told


def number_text(field: Field, value: float) -> str:
    """Give a number as the form prints it: rounded to the field's decimals, half up."""
    return plain(Decimal(repr(value)).quantize(Decimal(1).scaleb(-field.decimals), ROUND_HALF_UP), DECIMALS)
