"""Opaque cursors: where the next page begins, signed and bound to the question, so that no page is skipped or mixed.

A cursor gives no rights: every page asks anew what the token may see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.core import signing

from nenghao.hub.open_api.errors import ApiError, bad_parameter

SALT = "nenghao.open_api.cursor"
FREE = frozenset({"cursor", "limit", "format", "bom"})
"""Parameters that may change from page to page."""

Place = list[Any]


def write_cursor(question: str, place: Sequence[Any]) -> str:
    """Give the cursor of the page that begins after ``place``."""
    return signing.dumps([question, *place], salt=SALT)


def read_cursor(text: str, question: str) -> Place | None:
    """Give the place that a cursor of the same question names; ``None`` for the first page."""
    if not text:
        return None
    try:
        asked, *place = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise _bad_cursor() from error
    if asked != question:
        raise _bad_cursor()
    return place


def question_of(path: str, parameters: Mapping[str, Any]) -> str:
    """Give a short name of a question: its address and every parameter that decides what is in the answer."""
    told = repr((path, sorted((name, str(value)) for name, value in parameters.items() if name not in FREE)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _bad_cursor() -> ApiError:
    return bad_parameter(
        "cursor", "游标无效或属于另一次查询", "the cursor is not valid, or belongs to another question",
        mend_zh="用上一页返回的游标和相同的参数", mend_en="use the cursor of the page before, with the same parameters",
    )  # fmt: skip
