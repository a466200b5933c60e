"""Turns what a comparison says into findings: only what is suspect or failed is one."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import numpy as np
import numpy.typing as npt

from nenghao.quality.comparisons import Compared
from nenghao.quality.flags import Flag
from nenghao.quality.rules import RuleSet
from nenghao.readings.quality_levels import Columns
from nenghao.readings.quality_writes import Comparison


def findings_of(compared: Compared, columns: Columns, rules: RuleSet, *, monthly: bool) -> list[Comparison]:
    """Make a finding of every pair that is suspect or failed, on its day or on the month that begins on it.

    ``columns`` has enterprise_id, energy_key and day, one entry per pair, and data_item_id where it is about items.
    """
    item_ids = columns.get("data_item_id", np.zeros(len(compared.flags), dtype=np.int64))
    found = []
    for at in np.flatnonzero((compared.flags == Flag.SUSPECT) | (compared.flags == Flag.FAIL)):
        start, end = _period(columns["day"][at], monthly=monthly)
        found.append(Comparison(
            enterprise_id=int(columns["enterprise_id"][at]), data_item_id=int(item_ids[at]),
            stat_type=2 if monthly else 1, period_start=start, period_end=end, check_code=compared.code,
            flag=int(compared.flags[at]), value=float(compared.value[at]), limit_value=float(compared.limit[at]),
            rule_version=rules.key, energy_key=str(columns["energy_key"][at]) or None,
        ))  # fmt: skip
    return found


def _period(day: npt.NDArray[np.datetime64], *, monthly: bool) -> tuple[datetime, datetime]:
    start = datetime.combine(day.astype("datetime64[D]").item(), time())
    month_after = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start, month_after if monthly else start + timedelta(days=1)
