"""The findings of the checks: pages of them in a fixed order, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from nenghao.readings.results import Border, wall_border
from nenghao.readings.store import ReadingStore


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A run of slots that one check did not find good; ``data_item_id`` 0 means the enterprise as a whole."""

    enterprise_id: int
    data_item_id: int
    stat_type: int
    period_start: datetime
    period_end: datetime
    """Exclusive."""
    slots: int
    check_code: str
    flag: int
    value: float | None
    limit_value: float | None
    other_item_id: int | None
    energy_key: str | None
    is_comparison: bool
    rule_version: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many findings and slots one check gave an enterprise, by flag."""

    enterprise_id: int
    check_code: str
    flag: int
    findings: int
    slots: int


@dataclass(frozen=True, slots=True)
class _Number:
    value: int


class FindingKey(NamedTuple):
    """The place of a finding in the order of :func:`findings`."""

    flag: int
    start: datetime
    enterprise: int
    item: int
    stat_type: int
    check: str
    end: datetime
    other: int
    energy: str

    @classmethod
    def of(cls, row: FindingRow) -> FindingKey:
        """Give the place of a finding."""
        return cls(
            row.flag, row.period_start, row.enterprise_id, row.data_item_id, row.stat_type, row.check_code,
            row.period_end, row.other_item_id or 0, row.energy_key or "",
        )  # fmt: skip

    @classmethod
    def parameters(cls, key: FindingKey | None) -> dict[str, Any]:
        """Give it as the statement binds it; nothing begins at the first finding."""
        return {f"after_{name}": None if key is None else getattr(key, name) for name in cls._fields}


def findings(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: Border,
    end: Border,
    data_item_ids: Iterable[int] = (),
    check_codes: Iterable[str] = (),
    flags: Iterable[int] = (),
    stat_types: Iterable[int] = (),
    limit: int = 100,
    offset: int = 0,
    after: FindingKey | None = None,
) -> tuple[FindingRow, ...]:
    """Give the findings that overlap ``[start, end)``, the worst and newest first; an empty filter means all.

    ``data_item_ids=[0]`` asks for the findings about the enterprise as a whole. ``after`` goes on behind a finding:
    unlike an offset it skips and repeats none of those that stay while checks write others.
    """
    place = FindingKey.parameters(after)
    return store.rows(
        "quality/findings", FindingRow, limit=limit, offset=offset, **place,
        **chosen(enterprise_ids, start, end),
        **filters(data_item_ids=data_item_ids, check_codes=check_codes, flags=flags, stat_types=stat_types),
    )  # fmt: skip


def finding_count(
    store: ReadingStore,
    *,
    enterprise_ids: Iterable[int],
    start: Border,
    end: Border,
    data_item_ids: Iterable[int] = (),
    check_codes: Iterable[str] = (),
    flags: Iterable[int] = (),
    stat_types: Iterable[int] = (),
) -> int:
    """Count what :func:`findings` gives without paging."""
    chosen_by = filters(data_item_ids=data_item_ids, check_codes=check_codes, flags=flags, stat_types=stat_types)
    return store.rows("quality/finding_count", _Number, **chosen(enterprise_ids, start, end), **chosen_by)[0].value


def finding_counts(
    store: ReadingStore, *, enterprise_ids: Iterable[int], start: Border, end: Border
) -> tuple[FindingCount, ...]:
    """Count findings and slots by enterprise, check and flag."""
    return store.rows("quality/finding_counts", FindingCount, **chosen(enterprise_ids, start, end))


def chosen(enterprise_ids: Iterable[int], start: Border, end: Border) -> dict[str, object]:
    """Give enterprises and range as the statements bind them."""
    return {"enterprise_ids": list(enterprise_ids), "start": wall_border(start), "end": wall_border(end)}


def filters(**named: Iterable[object]) -> dict[str, object]:
    """Give filters as the statements bind them; an empty one means all."""
    return {name: list(wanted) for name, wanted in named.items()}
