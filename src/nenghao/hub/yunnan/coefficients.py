"""折标系数 that come with the data (``convertRation``): kept as the enterprise's statement, never used for accounting.

A statement is compared with the library's factor in the same unit [tce per dictionary unit]; 综合能耗 (type 0000) must
state 1. What was seen before is remembered, so that a record costs the database nothing.
"""

from __future__ import annotations

import math
from datetime import date, datetime

import structlog
from django.db import IntegrityError, transaction

from nenghao.hub.yunnan.models import StatedCoefficient
from nenghao.protocol import DataCode
from nenghao.protocol.yunnan import convert_ratio

logger = structlog.get_logger(__name__)
TOLERANCE = 0.005
"""Half a percent: clients write three or four digits."""
REMEMBERED = 100_000
_seen: set[tuple[int, str]] = set()


def note(*, item_id: int, data_code: str, stated: str, stat_date: str, now: datetime) -> None:
    """Keep a statement that was not seen before; one that disagrees with the library is logged as well."""
    if not stated or (item_id, stated) in _seen:
        return
    expected = _expected(data_code, stat_date)
    agrees = agreement(stated, expected)
    try:
        with transaction.atomic():
            _row, is_new = StatedCoefficient.objects.get_or_create(
                item_id=item_id, stated=stated,
                defaults={"expected": expected, "agrees": agrees, "first_stat_date": stat_date, "stated_at": now},
            )  # fmt: skip
    except IntegrityError:  # two records at once
        is_new = False
    if len(_seen) < REMEMBERED:
        _seen.add((item_id, stated))
    if is_new and agrees is False:
        logger.warning("yunnan-coefficient-disagrees", item=data_code, stated=stated, expected=expected)


def agreement(stated: str, expected: str) -> bool | None:
    """Tell whether two coefficients agree; ``None`` where one of them is no number.

    >>> agreement("1.23", "1.229"), agreement("0.404", "1.229"), agreement("1.229", ""), agreement("x", "1")
    (True, False, None, None)
    """
    try:
        said, known = float(stated), float(expected)
    except ValueError:
        return None
    return math.isclose(said, known, rel_tol=TOLERANCE) if math.isfinite(said) else None


def _expected(data_code: str, stat_date: str) -> str:
    code = DataCode.parse(data_code)
    return convert_ratio(code.energy_class, code.energy_type, date.fromisoformat(stat_date[:10]))


def forget_seen() -> None:
    """Forget what was seen, as a new process does."""
    _seen.clear()
