"""How figures look that were read from a document or a register: with every digit that was written down."""

from __future__ import annotations

from nenghao.hub.monitoring.formats import NOTHING


def exact(value: float | None) -> str:
    """Give a number with separated thousands and the digits it has, up to twelve; ``–`` when there is none.

    >>> exact(98234.55), exact(0.0), exact(1234567.891), exact(None)
    ('98,234.55', '0', '1,234,567.891', '–')
    """
    return NOTHING if value is None else f"{value:,.12g}"
