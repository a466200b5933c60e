"""What an officer looks at in a statement: filed numbers beside readings, the period before and the year before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from nenghao.hub.monitoring.words import page_language
from nenghao.hub.statements.drafting import facts_of
from nenghao.hub.statements.models import CellComment, Filing
from nenghao.hub.statements.page import compared
from nenghao.hub.statements.prefill import prefilled
from nenghao.hub.store import get_store
from nenghao.reporting.statements import Document, Field, Section
from nenghao.reporting.statements.values import shown


def review_context(filing: Filing, document: Document, now: datetime, chosen: str) -> dict[str, Any]:
    """Give the comparison, the cells that can be commented on, and the one chosen by the address."""
    contents, origins = prefilled(filing.form, facts_of(get_store(), filing.enterprise, filing.period, now))
    fresh: dict[str, dict[str, str]] = {}
    for section in filing.form.sections:
        key = section.key_field
        for row in contents.get(section.key, ()):
            text = section.preset.get(row["#"], {}).get(key, "") if section.preset else row.get(key, "")
            for field in section.fields:
                told = origins.get(f"{section.key}/{row['#']}/{field.key}")
                if told is not None:
                    fresh[f"{section.key}/{text}/{field.key}"] = told
    return {
        "compared": compared(document, fresh), "may_decide": filing.state == "submitted" and filing.is_current,
        "may_reopen": filing.state == "accepted" and filing.is_current, "comment_cells": _cells(document),
        "chosen_cell": chosen,
    }  # fmt: skip


def _cells(document: Document) -> list[tuple[str, str]]:
    """Give every filled cell by address and name."""
    return [
        (f"{section.key}:{row.id}:{field.key}", place_of(document, section, row.id, field))
        for section in document.form.sections for row in document.rows(section.key) for field in section.fields
        if row.texts.get(field.key)
    ]  # fmt: skip


def place_of(document: Document, section: Section, row_id: str, field: Field) -> str:
    """Name a cell for people: the row by what its key field says (else the section), then the column."""
    language = page_language()
    row = document.row(section.key, row_id) if section.is_table else None
    key = row.texts.get(section.key_field, "") if row else ""
    name = shown(section.field(section.key_field), key, language) if key else section.title(language)
    return f"{name} · {field.full_title(language)}"


def remarks_of(filing: Filing) -> list[CellComment]:
    """Give what reviewers said of cells: of this edition, and while it is mended of the one that came back."""
    editions = Filing.objects.filter(
        enterprise=filing.enterprise_id, form_key=filing.form_key, period_start=filing.period_start,
        edition__in=[filing.edition, filing.edition - 1] if filing.is_draft else [filing.edition],
    )  # fmt: skip
    return list(CellComment.objects.filter(filing__in=editions))


def remark_places(filing: Filing, document: Document, remarks: Sequence[CellComment]) -> list[tuple[CellComment, str]]:
    """Give the remarks on the edition before with the names of their cells, for the list above the statement."""
    return [
        (one, place_of(document, section, one.row, section.field(one.field)))
        for one in remarks if one.filing_id != filing.pk
        for section in filing.form.sections if section.key == one.section
    ]  # fmt: skip
