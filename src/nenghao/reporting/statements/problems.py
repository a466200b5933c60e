"""What is wrong with a statement: at which cell, in words, with both sides and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

from nenghao.errors import Language

_WIDE = Context(prec=200)
"""Wide enough for every number that the formulas of a form can give."""
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a statement.

    ``key`` is that of the identity, or ``required``, ``bad-value``, ``row-twice``; ``section``, ``row`` and ``field``
    name the cell at which it is shown, ``cells`` all (row, field) of the section that it is about. ``left``, ``right``
    and ``difference`` (left - right) are those of a formula. An error keeps a statement from being submitted; a warning
    must be explained.
    """

    key: str
    severity: Severity
    section: str
    row: str
    field: str
    zh: str
    en: str
    where_zh: str = ""
    where_en: str = ""
    cells: tuple[tuple[str, str], ...] = ()
    left: Decimal | None = None
    right: Decimal | None = None
    status: str = ""

    @property
    def id(self) -> str:
        """The same problem again has the same id: an explanation stays with it."""
        return f"{self.key}/{self.section}/{self.row}/{self.field}"

    @property
    def difference(self) -> Decimal | None:
        """The left side less the right one."""
        return None if self.left is None or self.right is None else self.left - self.right

    def text(self, language: Language) -> str:
        """Give one line: the cell, what is wrong, both sides and the difference."""
        where, words = (self.where_zh, self.zh) if language == "zh" else (self.where_en, self.en)
        line = f"{where}：{words}" if language == "zh" else f"{where}: {words}"
        if self.left is None or self.right is None or self.difference is None:
            return line
        sides = (plain(self.left), plain(self.right), plain(self.difference))
        if language == "zh":
            return f"{line}（左边 {sides[0]}，右边 {sides[1]}，相差 {sides[2]}）"
        return f"{line} (left {sides[0]}, right {sides[1]}, difference {sides[2]})"


def plain(number: Decimal, digits: int = 6) -> str:
    """Give a number as people write it: no exponent, no trailing zeros, at most six decimals.

    >>> plain(Decimal("1200.500")), plain(Decimal("0E-3"))
    ('1200.5', '0')
    """
    shown = f"{number.quantize(Decimal(1).scaleb(-digits), context=_WIDE):f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) or "0"
