"""How numbers and times look on every page and in every export: one place, so that they look alike.

Tonnes of coal equivalent have two decimals, percentages one, thousands are separated by commas in both languages,
dates are 2026-03-04, months 2026-03 and times 24-hour. What is not known is shown as ``–``, never as zero.

>>> tce(1234.5), percent(0.98765), quantity(1234.5678), quantity(None)
('1,234.50', '98.8', '1,234.57', '–')
"""

from __future__ import annotations

import math
from datetime import date, datetime

from nenghao.periods import BEIJING

NOTHING = "–"


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)


def number(value: float | None, decimals: int) -> str:
    """Give ``value`` with separated thousands and a fixed number of decimals; ``–`` when it is not known.

    >>> number(1234.5, 1), number(-0.4, 0)
    ('1,234.5', '0')
    """
    return f"{value:z,.{decimals}f}" if _known(value) else NOTHING


def tce(value: float | None) -> str:
    """Give tonnes of coal equivalent [tce] with two decimals."""
    return number(value, 2)


def percent(ratio: float | None) -> str:
    """Give a ratio as a percentage with one decimal, without the sign; never rounds an incomplete share up to 100.

    >>> percent(0.99999)
    '99.9'
    """
    if not _known(ratio):
        return NOTHING
    assert ratio is not None
    shown = round(ratio * 100, 1)
    return "99.9" if shown == 100 and ratio < 1 else f"{shown:,.1f}"


def quantity(value: float | None) -> str:
    """Give a physical quantity: two decimals below 10,000, none from there on.

    >>> quantity(959640.31)
    '959,640'
    """
    return number(value, 2 if not _known(value) or abs(value or 0) < 10_000 else 0)


def factor(value: float | None) -> str:
    """Give a factor with the digits it has, at most six.

    >>> factor(0.1229), factor(34.12)
    ('0.1229', '34.12')
    """
    return f"{value:.6g}" if value is not None and _known(value) else NOTHING


def change_percent(now: float | None, before: float | None) -> float | None:
    """Give the relative change [%] from ``before`` to ``now``; None where one is not known or before was nothing."""
    if not _known(now) or not _known(before) or not before:
        return None
    assert now is not None
    return (now - before) / before * 100


def moment(value: datetime | date | None) -> str:
    """Give a time to the minute (aware times in Beijing time), or a date."""
    if value is None:
        return NOTHING
    if not isinstance(value, datetime):
        return value.isoformat()
    local = value.astimezone(BEIJING) if value.tzinfo else value
    return local.strftime("%Y-%m-%d %H:%M")
