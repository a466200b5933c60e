"""Whether equipment is of an outdated model (淘汰型号): a piece held against the catalogues of the library.

A match is *certain* only where the entry was read by somebody and everything that it asks for is known; anything else
leaves it *possible*, with what is missing. No match proves nothing: the catalogues are not held completely.

>>> [one.entry.item for one in judge_equipment(Piece("Ｙ２－１６０Ｍ－４", service_year=2001)).matches]
['1-2']
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from nenghao.errors import Language
from nenghao.reference import library
from nenghao.reference.eliminated import EliminatedEntry
from nenghao.supervision.eliminated_doubts import Doubt, Piece, RuledOutError, Written, doubts
from nenghao.supervision.models_written import heads, models_in

__all__ = ["CATALOGUED", "Certainty", "Doubt", "Judgement", "Match", "Piece", "category_of", "judge_equipment"]

Certainty = Literal["certain", "possible", "none"]
CATALOGUED = frozenset({"电动机"})
"""The categories of which every batch is held; finding no match tells nothing of others."""

_CATEGORY_WORDS = (
    ("焊机", "电弧焊机"), ("变压器", "变压器"), ("调压器", "调压器"), ("电阻炉", "电阻炉"), ("锅炉", "工业锅炉"),
    ("电机", "电动机"), ("电动机", "电动机"), ("马达", "电动机"), ("罗茨鼓风机", "罗茨鼓风机"),
    ("罗茨风机", "罗茨鼓风机"), ("风机", "风机"), ("空压机", "压缩机类"), ("压缩机", "压缩机类"),
    ("制冷机", "压缩机类"), ("泵", "泵"),
)  # fmt: skip
_REMEMBERED = 16_384
"""Pieces and written models whose answer is kept: the same models stand in many registers."""


@dataclass(frozen=True, slots=True)
class Match:
    """One entry that a piece matches, with the model as it was understood and what keeps it from being certain."""

    entry: EliminatedEntry
    model: str
    doubts: tuple[Doubt, ...]
    made_year: int | None = None

    @property
    def certainty(self) -> Certainty:
        """``certain`` where nothing is missing and the entry is verified enough to decide; else ``possible``."""
        return "possible" if self.doubts else "certain"

    def deadline(self, language: Language = "zh") -> str:
        """Say until when the entry lets it be used."""
        return self.entry.deadline_words(language, self.made_year)

    def reason(self, language: Language = "zh") -> str:
        """Name notice, batch, item, model and deadline, and what is missing to be sure."""
        entry = self.entry
        what = f"{entry.category} {entry.name}" + (f"（{entry.scope}）" if entry.scope else "")
        lacks = [doubt.text(language) for doubt in self.doubts]
        if language == "zh":
            told = f"{entry.citation()} {what}；停止使用期限：{self.deadline()}"
            return told + (f"。尚不能确定：{'；'.join(lacks)}" if lacks else "")
        told = f"{entry.citation('en')}: {what}; to stop: {self.deadline('en')}"
        return told + (f". Not certain: {'; '.join(lacks)}" if lacks else "")


@dataclass(frozen=True, slots=True)
class Judgement:
    """All matches of a piece, certain ones first."""

    matches: tuple[Match, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """That of the best match; ``none`` says only that nothing was found."""
        return self.matches[0].certainty if self.matches else "none"

    @property
    def is_unverified(self) -> bool:
        """Tell whether it must be shown as 待核."""
        return self.certainty == "possible"

    def reason(self, language: Language = "zh") -> str:
        """Give the reason of the best match and name the other entries."""
        if not self.matches:
            return ""
        first, *others = self.matches
        also = dict.fromkeys(one.entry.citation(language) for one in others if one.entry.row_id != first.entry.row_id)
        told = first.reason(language)
        if not also:
            return told
        return f"{told}。另见 {'、'.join(also)}" if language == "zh" else f"{told}. See also {', '.join(also)}"


def category_of(words: str) -> str:
    """Give the catalogue's category that a name of equipment speaks of; the last kind named counts, else nothing.

    >>> category_of("循环水泵电机"), category_of("2#主变压器"), category_of("一号生产线")
    ('电动机', '变压器', '')
    """
    found = [(words.rfind(word) + len(word), len(word), kind) for word, kind in _CATEGORY_WORDS if word in words]
    return max(found)[2] if found else ""


def judge_equipment(piece: Piece) -> Judgement:
    """Hold a piece against every entry of the catalogues."""
    return _judge(piece)


@lru_cache(maxsize=_REMEMBERED)
def _judge(piece: Piece) -> Judgement:
    found = [match for written, entry in _candidates(piece.model) for match in _matches(piece, written, entry)]
    found.sort(key=lambda match: (len(match.doubts), match.certainty != "certain"))
    once = {(match.entry.notice, match.entry.item): match for match in reversed(found)}
    return Judgement(tuple(match for match in found if once[match.entry.notice, match.entry.item] is match))


def _matches(piece: Piece, written: Written, entry: EliminatedEntry) -> Iterator[Match]:
    try:
        yield Match(entry, written.model, doubts(piece, written, entry), piece.made_year or _made_before(piece, entry))
    except RuledOutError:
        return


def _made_before(piece: Piece, entry: EliminatedEntry) -> int | None:
    """Give the year of service where it tells that the piece was made by the year that the entry asks for."""
    known, asked = piece.service_year, entry.year
    return known if known is not None and asked is not None and known <= asked else None


@lru_cache(maxsize=_REMEMBERED)
def _candidates(text: str) -> tuple[tuple[Written, EliminatedEntry], ...]:
    """Give the entries that a written model may stand for, by their models and series alone."""
    listed, series = _index()
    found: list[tuple[Written, EliminatedEntry]] = []
    for model in models_in(text):
        found += _listed(model, listed)
        for pattern, entry in series:
            if fit := pattern.match(model):
                found.append((Written(model, groups=tuple(fit.groupdict().items())), entry))
    return tuple(found)


_SEALED = re.compile(r"^(S[89]|SGB?8)-([A-Z][A-Z.]{0,3})-(?=\d)")


def _listed(
    model: str, listed: dict[str, tuple[EliminatedEntry, ...]]
) -> Iterable[tuple[Written, EliminatedEntry]]:  # fmt: skip
    """Find the longest beginning of a model that is listed; letters that the catalogue does not print are kept."""
    letters = _SEALED.match(model)
    plain = f"{letters[1]}-{model[letters.end() :]}" if letters else model
    for head, rest in heads(plain):
        if head in listed:
            suffix = letters[2] if letters else rest if rest[:1].isalpha() else ""
            return [(Written(model, suffix, rest), entry) for entry in listed[head]]
    return []


@cache
def _index() -> tuple[dict[str, tuple[EliminatedEntry, ...]], tuple[tuple[re.Pattern[str], EliminatedEntry], ...]]:
    """Give the entries by listed model, and those by series with the pattern compiled once."""
    listed: dict[str, tuple[EliminatedEntry, ...]] = {}
    series: list[tuple[re.Pattern[str], EliminatedEntry]] = []
    for table in library().eliminated_tables:
        for entry in table.rows:
            for model in entry.models:
                listed[model] = (*listed.get(model, ()), entry)
            if entry.pattern:
                series.append((re.compile(entry.pattern), entry))
    return listed, tuple(series)
