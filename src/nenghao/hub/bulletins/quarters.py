"""Quarters (季度) and the day their report is due."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from nenghao.errors import NenghaoError

DUE_DAY = 15
"""每季度首月 15 日前 (发改办环资〔2019〕424号 四)."""
FIRST = date(2019, 1, 1)
"""Reports are asked for from April 2019 on, about the quarter before."""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter.

    >>> Quarter.parse("2026Q3").end, Quarter.parse("2026Q3").report_due_on, Quarter.parse("2026Q4").report_due_on
    (datetime.date(2026, 10, 1), datetime.date(2026, 10, 15), datetime.date(2027, 1, 15))
    """

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Give the quarter that holds a day."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2026Q3``; ``quarter-unreadable`` for anything else or before the first one reported."""
        if re.fullmatch(r"20\d\dQ[1-4]", text) and (found := cls(int(text[:4]), int(text[5]))).start >= FIRST:
            return found
        raise NenghaoError(
            "quarter-unreadable", f"季度无法识别: {text[:20]}", f"the quarter cannot be read: {text[:20]}",
            field="quarter", mend_zh="写成 2026Q3", mend_en="write it as 2026Q3",
        )  # fmt: skip

    @property
    def start(self) -> date:
        """First day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """First day after it."""
        return self.after.start

    @property
    def after(self) -> Quarter:
        """The quarter after it."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        """The quarter before it."""
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    @property
    def report_due_on(self) -> date:
        """The day by which it is reported: the 15th of the first month after it."""
        return self.end.replace(day=DUE_DAY)

    @property
    def text(self) -> str:
        """The form in addresses: ``2026Q3``."""
        return f"{self.year}Q{self.number}"

    @property
    def label(self) -> str:
        """The form in documents.

        >>> Quarter(2026, 3).label
        '2026年第三季度'
        """
        return f"{self.year}年第{'一二三四'[self.number - 1]}季度"
