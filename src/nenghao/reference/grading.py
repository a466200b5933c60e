"""Grading rules (预警分级) as files: which value of a measure earns which colour, with the source of the bounds.

Levels carry a severity rank (0: nothing wrong) and the local name, for local numberings run both ways: level 1 of the
national barometer is the worst, level I of a city may be the mildest.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nenghao.reference.files import FilePart, read_file
from nenghao.reference.model import Status
from nenghao.reference.refusals import ReferenceDataError, cited, known_status

Colour = Literal["green", "blue", "yellow", "orange", "red"]
MEASURES = ("gap_ratio", "completion_ratio", "gap_points", "growth_ratio", "overrun_ratio")
"""What a rule may look at; :mod:`nenghao.accounting.targets` computes them."""


class LevelPart(FilePart, frozen=True):
    """One level: from ``lower`` to ``upper`` of the measure; a bound that is left out is open to that side."""

    colour: Colour
    severity: Annotated[int, Meta(ge=0)]
    name_zh: str
    name_en: str
    lower: float | None = None
    upper: float | None = None
    lower_inclusive: bool = True
    upper_inclusive: bool = False

    def holds(self, value: float) -> bool:
        """Tell whether a value lies within the level."""
        above = self.lower is None or value > self.lower or (self.lower_inclusive and value == self.lower)
        below = self.upper is None or value < self.upper or (self.upper_inclusive and value == self.upper)
        return above and below


class GradingFile(FilePart, frozen=True):
    """One rule set."""

    key: str
    kind: Literal["grading"]
    title_zh: str
    title_en: str
    measure: Literal["gap_ratio", "completion_ratio", "gap_points", "growth_ratio", "overrun_ratio"]
    applies_to: Literal["intensity", "total", "both"]
    levels: tuple[LevelPart, ...]
    status: str
    source: str
    rise_is_worst: bool = False
    months: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    note: str = ""


class GradingRule(msgspec.Struct, frozen=True):
    """A rule set that was read and checked: levels from the mildest to the worst.

    ``rise_is_worst``: intensity that rose is the worst level whatever the gap. ``months``: the months at whose end the
    rule is meant to be used; empty: any.
    """

    key: str
    title_zh: str
    title_en: str
    measure: str
    applies_to: str
    levels: tuple[LevelPart, ...]
    status: Status
    source: str
    rise_is_worst: bool
    months: tuple[int, ...]
    valid_from: date | None
    valid_until: date | None
    note: str

    def title(self, language: str) -> str:
        """Give the rule's title."""
        return self.title_zh if language == "zh" else self.title_en

    @property
    def worst(self) -> LevelPart:
        """The level of the highest severity."""
        return self.levels[-1]


def read_grading(path: Path) -> GradingRule:
    """Read and check one rule set.

    Refused: no citation, levels that overlap or leave a gap between them, severities or bounds out of order.
    """
    file = read_file(path, GradingFile)
    cited(file.source, path.name, "source")
    return rule_of(file, path.name)


def rule_of(file: GradingFile, record: str) -> GradingRule:
    """Check a rule set, from a file or from an officer's edition."""
    levels = tuple(sorted(file.levels, key=lambda level: level.severity))
    if not levels or len({level.severity for level in levels}) != len(levels):
        raise _wrong(record, "每级一个不同的严重度", "every level has its own severity")
    by_bound = sorted(levels, key=lambda level: float("-inf") if level.lower is None else level.lower)
    if by_bound not in (list(levels), list(reversed(levels))):
        raise _wrong(record, "级别次序须与界限一致", "bounds must rise or fall with the severity")
    for low, high in pairwise(by_bound):
        if low.upper is None or low.upper != high.lower or low.upper_inclusive == high.lower_inclusive:
            raise _wrong(
                record, "相邻级别须恰好相接", "neighbouring levels must meet exactly, one of them with the bound"
            )
    return GradingRule(
        file.key, file.title_zh, file.title_en, file.measure, file.applies_to, levels,
        known_status(file.status, record), file.source, file.rise_is_worst, file.months, file.valid_from,
        file.valid_until, file.note,
    )  # fmt: skip


def _wrong(record: str, zh: str, en: str) -> ReferenceDataError:
    return ReferenceDataError(
        "reference-grading", zh, en, record=record, field="levels", mend_zh="改正 levels 的界限",
        mend_en="mend the bounds of the levels",
    )  # fmt: skip
