"""Closing a month (封账) keeps its account too: totals and lines with their factors, as they were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from nenghao.hub.corrections.models import ClosedMonth
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.models import ClosedAccount
from nenghao.periods import month_after
from nenghao.readings import ReadingStore
from nenghao.readings.accounts import AccountLines, account_lines, month_totals

_LINE = (
    "unit_code", "energy_key", "flow", "quantity", "tce_calorific", "tce_equivalent", "factor_id", "status",
    "measured_ratio", "missing_ratio", "sources",
)  # fmt: skip


def freeze_accounts(*, store: ReadingStore, editions: Sequence[ClosedMonth], now: datetime) -> int:
    """Keep the account of every edition of one month, brought up to date first; give how many there were.

    Inside the transaction that makes the editions; an enterprise without an account has none to keep.
    """
    if not editions:
        return 0
    month, of = editions[0].month, {edition.enterprise_id: edition for edition in editions}
    refresh(store=store, now=now, enterprise_ids=sorted(of), months=[month])
    span = {"enterprise_ids": sorted(of), "start": month, "end": month_after(month)}
    totals, lines = month_totals(store, **span), account_lines(store, **span)
    kept = [
        ClosedAccount(
            closed_month=of[enterprise_id], mark=int(totals.mark[row]),
            tce_calorific=_number(totals.tce_calorific[row]), tce_equivalent=_number(totals.tce_equivalent[row]),
            measured_ratio=float(totals.measured_ratio[row]), missing_ratio=float(totals.missing_ratio[row]),
            is_unverified=bool(totals.is_unverified[row]), lines=_lines(lines, enterprise_id),
        )
        for row, enterprise_id in enumerate(totals.enterprise_id.tolist())
    ]  # fmt: skip
    ClosedAccount.objects.bulk_create(kept, batch_size=500)
    return len(kept)


def _lines(lines: AccountLines, enterprise_id: int) -> list[dict[str, Any]]:
    rows = np.flatnonzero(lines.enterprise_id == enterprise_id)
    return [{name: _plain(getattr(lines, name)[row]) for name in _LINE} for row in rows]


def _plain(value: Any) -> Any:
    return _number(float(value)) if isinstance(value, np.floating) else value


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
