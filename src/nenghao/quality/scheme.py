"""Scoring schemes (评分方案): a score as data. A scheme is a TOML file or an officer's edition; code only applies it.

The formula of an index is two sums of measures, its numerator and its denominator, and a kind that says how they become
a value from 0 to 1. There is no free code: an unknown word is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from nenghao.errors import NenghaoError
from nenghao.quality.measures import MEASURE_NAMES, measure_label

SchemeStatus = Literal["published", "secondhand", "unverified"]
KINDS = ("ratio", "balance", "share_without")
WHEN_EMPTY = ("exclude", "zero", "full")
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FIELD = re.compile(r"field `([^`]*)`")
_PLACE = re.compile(r"at `\$\.?([^`]*)`")


class SchemeError(NenghaoError):
    """A scheme that cannot be used; ``record`` names scheme and index, ``field`` the field."""


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an index must reach: ``>=`` or ``<=`` a value (a ratio, not a percentage)."""

    comparison: Literal[">=", "<="]
    value: float

    def met(self, value: float) -> bool:
        """Tell whether a value passes; a last-digit rounding of the division does not decide."""
        return value >= self.value - 1e-12 if self.comparison == ">=" else value <= self.value + 1e-12


class Index(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One index (指标) of a scheme.

    ``kind``: ``ratio`` a ÷ b; ``balance`` the smaller ÷ the larger of a and b; ``share_without`` 1 − a ÷ b, where a is
    the sum of ``numerator`` and b that of ``denominator``. A term is the name of a measure, with ``-`` before it to
    subtract. ``when_empty`` says what a denominator of 0 means: ``exclude`` the index is not judged and its weight is
    spread over the rest, ``zero`` no points, ``full`` all points. ``status`` is that of the formula and threshold,
    ``weight_status`` that of the weight. ``ours``: the formula is this platform's own definition.
    """

    code: str
    name_zh: str
    name_en: str
    kind: Literal["ratio", "balance", "share_without"]
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    status: SchemeStatus
    source: str
    weight: float = 0.0
    weight_status: SchemeStatus = "unverified"
    threshold: Threshold | None = None
    period: Literal["span", "day", "month"] = "span"
    when_empty: Literal["exclude", "zero", "full"] = "exclude"
    ours: bool = False
    clause: str = ""
    note_zh: str = ""
    note_en: str = ""

    def name(self, language: str) -> str:
        """Give the name in a language."""
        return self.name_en if language == "en" else self.name_zh

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must stand beside the index."""
        return self.status == "unverified"


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scoring scheme: either points out of ``total``, or a verdict by thresholds.

    ``status`` is the lowest that its text deserves; ``note`` says what is known and what is not. ``show_weights`` marks
    a scheme whose total must never be shown without its weights.
    """

    key: str
    name_zh: str
    name_en: str
    kind: Literal["points", "verdict"]
    status: SchemeStatus
    source: str
    indices: tuple[Index, ...]
    total: float = 100.0
    version: int = 1
    weights_ours: bool = False
    show_weights: bool = False
    clause: str = ""
    note_zh: str = ""
    note_en: str = ""

    def name(self, language: str) -> str:
        """Give the name in a language."""
        return self.name_en if language == "en" else self.name_zh

    def note(self, language: str) -> str:
        """Give the note in a language."""
        return self.note_en if language == "en" else self.note_zh

    def index(self, code: str) -> Index:
        """Give an index by its code; KeyError when there is none."""
        return next(index for index in self.indices if index.code == code)

    @property
    def is_unverified(self) -> bool:
        """Whether 待核 must stand beside a total of this scheme."""
        return self.status == "unverified" or any(
            index.is_unverified or (self.kind == "points" and index.weight_status == "unverified")
            for index in self.indices
        )

    @property
    def label(self) -> str:
        """Key and version, as they are kept with a score: ``provincial/1``."""
        return f"{self.key}/{self.version}"


def formula(index: Index, language: str = "zh") -> str:
    """Write an index's formula in words.

    >>> formula(scheme("provincial").index("online"), "en")
    'days on line ÷ days due'
    """
    upper, lower = (_terms(terms, language) for terms in (index.numerator, index.denominator))
    if index.kind == "balance":
        both = f"{upper} ⇄ {lower}"
        return f"smaller ÷ larger of {both}" if language == "en" else f"{both}，小者 ÷ 大者"
    return f"{upper} ÷ {lower}" if index.kind == "ratio" else f"1 − {upper} ÷ {lower}"


def _terms(terms: tuple[str, ...], language: str) -> str:
    words = [("− " if t.startswith("-") else "+ ") + measure_label(t.removeprefix("-"), language) for t in terms]
    text = " ".join(words).removeprefix("+ ")
    return f"({text})" if len(terms) > 1 else text


def scheme_from(content: Mapping[str, Any], *, record: str = "") -> Scheme:
    """Read a scheme from plain values (a TOML file, a stored edition); refuse what does not fit."""
    try:
        scheme = msgspec.convert(dict(content), Scheme)
    except msgspec.ValidationError as error:
        place, name = _PLACE.search(str(error)), _FIELD.search(str(error))
        where = ".".join(part for part in (place and place[1], name and name[1]) if part)
        raise _refusal(record, where, "字段缺失、不认识或类型不对", f"missing, unknown or mistyped: {error}") from None
    _check_scheme(scheme, record or scheme.key)
    return scheme


def scheme_to(scheme: Scheme) -> dict[str, Any]:
    """Give a scheme as plain values, as it is stored and as :func:`scheme_from` reads it."""
    return msgspec.json.decode(msgspec.json.encode(scheme))


@cache
def schemes() -> tuple[Scheme, ...]:
    """Give the schemes that ship with nenghao, in the order of their keys."""
    folder = files("nenghao.quality") / "schemes"
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".toml"))
    found = [
        scheme_from(tomllib.loads((folder / name).read_text(encoding="utf-8")), record=name.removesuffix(".toml"))
        for name in names
    ]
    return tuple(found)


def scheme(key: str) -> Scheme:
    """Give a shipped scheme; ``scheme-unknown`` when there is none with this key."""
    for known in schemes():
        if known.key == key:
            return known
    raise SchemeError(
        "scheme-unknown", "没有这个评分方案", "there is no such scoring scheme", record=key,
        mend_zh="可用: " + "、".join(s.key for s in schemes()), mend_en="known: " + ", ".join(s.key for s in schemes()),
    )  # fmt: skip


def _refusal(record: str, field: str, zh: str, en: str) -> SchemeError:
    return SchemeError(
        "scheme-invalid", zh, en, record=record, field=field,
        mend_zh="按 docs/scores.md 改正", mend_en="see docs/scores.md",
    )  # fmt: skip


def _check_scheme(scheme: Scheme, record: str) -> None:
    if not _KEY.fullmatch(scheme.key):
        raise _refusal(record, "key", "代号只用小写字母、数字和 -", "a key has lower-case letters, digits and -")
    if not scheme.indices:
        raise _refusal(record, "indices", "方案没有指标", "the scheme has no index")
    if len({index.code for index in scheme.indices}) != len(scheme.indices):
        raise _refusal(record, "indices.code", "指标代号重复", "two indices have the same code")
    if not scheme.total > 0:
        raise _refusal(record, "total", "满分须大于 0", "the total must be above 0")
    for index in scheme.indices:
        _check_index(index, f"{record}/{index.code}")
    if scheme.kind == "points" and not sum(index.weight for index in scheme.indices) > 0:
        raise _refusal(record, "weight", "权重之和须大于 0", "the weights must add up to more than 0")
    if scheme.kind == "verdict" and not any(index.threshold for index in scheme.indices):
        raise _refusal(record, "threshold", "判定方案至少要有一个限值", "a verdict needs at least one threshold")


def _check_index(index: Index, record: str) -> None:
    if not _KEY.fullmatch(index.code):
        raise _refusal(record, "code", "代号只用小写字母、数字和 -", "a code has lower-case letters, digits and -")
    if not index.source.strip():
        raise _refusal(record, "source", "没有写明来源", "no source is given")
    if index.ours and index.status != "unverified":
        raise _refusal(record, "status", "本平台设定的指标只能是待核", "an index of ours is unverified")
    if not (0 <= index.weight <= 1e6):
        raise _refusal(record, "weight", "权重须为不小于 0 的数", "a weight must be a number of 0 or more")
    if index.threshold is not None and not 0 <= index.threshold.value <= 1:
        raise _refusal(record, "threshold", "限值须在 0–100 % 之间", "a threshold lies between 0 and 100 %")
    for field in ("numerator", "denominator"):
        _check_terms(getattr(index, field), record, field)


def _check_terms(terms: tuple[str, ...], record: str, field: str) -> None:
    names = [term.removeprefix("-") for term in terms]
    unknown = [name for name in names if name not in MEASURE_NAMES]
    if unknown:
        raise _refusal(record, field, f"不认识的度量 {unknown[0]}", f"{unknown[0]!r} is no measure")
    if len(set(names)) != len(names):
        raise _refusal(record, field, "同一度量出现两次", "a measure appears twice")
    if not terms or all(term.startswith("-") for term in terms):
        raise _refusal(record, field, "至少要有一个相加的度量", "at least one measure must be added")
