"""What an officer looks at in a statement: filed numbers beside readings, the period before and the year before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nenghao.hub.monitoring.words import page_language
from nenghao.hub.statements.drafting import facts_of
from nenghao.hub.statements.models import Filing
from nenghao.hub.statements.page import compared
from nenghao.hub.statements.prefill import prefilled
from nenghao.hub.store import get_store
from nenghao.reporting.statements import Document


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
    language, found = page_language(), []
    for section in document.form.sections:
        for row in document.rows(section.key):
            for field in section.fields:
                if row.texts.get(field.key):
                    name = row.texts.get(section.key_field, "") if section.is_table else section.title(language)
                    found.append((f"{section.key}:{row.id}:{field.key}", f"{name} · {field.full_title(language)}"))
    return found
