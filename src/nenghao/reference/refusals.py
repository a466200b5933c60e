"""The refusals that several readers share: each names file, line, field and mend in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import TypeVar

from nenghao.errors import NenghaoError
from nenghao.reference.model import STATUSES, Status
from nenghao.units import Unit, unit

WordT = TypeVar("WordT", bound=str)


class ReferenceDataError(NenghaoError):
    """A data file of the reference library is refused; ``record`` is ``file:line (row)``."""


def missing(record: str, field: str) -> ReferenceDataError:
    """Say that a field has no value."""
    return ReferenceDataError(
        "reference-missing", "缺少必填的值", "a required value is missing", record=record, field=field,
        mend_zh="补上该值", mend_en="fill it in",
    )  # fmt: skip


def no_citation(record: str, field: str, value: str = "") -> ReferenceDataError:
    """Say that a value has no citation."""
    return ReferenceDataError(
        "reference-no-citation", f"没有出处「{value}」" if value else "没有出处", "no citation",
        record=record, field=field, mend_zh="写明标准、条款和来源, 没有出处的数不得收入",
        mend_en="cite standard, clause and source; no figure enters without one",
    )  # fmt: skip


def cited(value: str, record: str, field: str) -> str:
    """Give a part of a citation; an empty one is refused."""
    if not value.strip():
        raise no_citation(record, field)
    return value


def needed(value: str, record: str, field: str) -> str:
    """Give a text that must not be empty."""
    if not value.strip():
        raise missing(record, field)
    return value


def known_word(value: str, known: tuple[WordT, ...], record: str, field: str) -> WordT:
    """Give one of the words that a field may hold; any other is refused with those that exist."""
    for word in known:
        if value == word:
            return word
    raise ReferenceDataError(
        f"reference-{field.rpartition('.')[2]}", f"不认识的值「{value}」", f"unknown value {value!r}",
        record=record, field=field, mend_zh="只能是 " + "、".join(known), mend_en="one of " + ", ".join(known),
    )  # fmt: skip


def known_status(value: str, record: str, field: str = "status") -> Status:
    """Check the word of a status."""
    return known_word(value, STATUSES, record, field)


def known_unit(symbol: str, record: str, field: str) -> Unit:
    """Find a unit, naming the file when it is not known."""
    try:
        return unit(symbol)
    except NenghaoError as error:
        raise ReferenceDataError(
            "reference-unit", error.message_zh, error.message_en, record=record, field=field,
            mend_zh=error.mend_zh, mend_en=error.mend_en,
        ) from None  # fmt: skip


def refuse_overlaps(entries: Iterable[tuple[tuple[str, ...], date | None, date | None, str]]) -> None:
    """Refuse two entries of one identity whose validity overlaps.

    Each entry is (identity, valid from, valid until, place); an unknown start or end counts as open.
    """
    ordered = sorted(entries, key=lambda entry: (entry[0], entry[1] or date.min))
    for first, second in pairwise(ordered):
        if first[0] == second[0] and (second[1] or date.min) < (first[2] or date.max):
            raise ReferenceDataError(
                "reference-overlap", f"有效期与 {first[3]} 重叠", f"validity overlaps {first[3]}",
                record=second[3], field="valid_from", mend_zh="给旧版写上 valid_until",
                mend_en="close the older edition with valid_until",
            )  # fmt: skip
