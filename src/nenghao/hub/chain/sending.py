"""Sending bodies upward: several at once over kept-alive connections, and what was refused, gathered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from nenghao.errors import NenghaoError
from nenghao.hub.chain.link import Link, require_ok
from nenghao.hub.chain.models import Refusal, RefusedKind
from nenghao.protocol import Answer, Rejection

T = TypeVar("T")
AT_ONCE = 8
"""Uploads under way at once: the platform above commits what arrives together in one group."""
SLOWER_S = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Pauses before a body is sent again that came too soon for the platform above."""
LONGEST_LIST = 500
"""Reasons kept per enterprise and kind."""


class Courier:
    """Sends for one link; remembers the newest batch number that the platform above gave."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.newest_batch = link.upstream.upper_batch
        self._lock, self._ending = threading.Lock(), threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="chain-send")

    def close(self) -> None:
        """End the sending threads once what is under way has been answered."""
        self._ending.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def each(self, work: Callable[[T], Answer], given: Iterable[T]) -> list[Answer]:
        """Do ``work`` for each, several at once; the first failure is raised after the others have ended."""
        futures = [self._pool.submit(work, one) for one in given]
        errors = [error for future in futures if (error := future.exception())]
        if errors:
            raise errors[0]
        return [future.result() for future in futures]

    def upload(self, name: str, body: bytes) -> Answer:
        """Send one body; what refuses it as a whole is raised. Told that it sends too much, it waits a while."""
        pauses = iter(SLOWER_S)
        while True:
            try:
                answer = require_ok(self.link.upload(name, body))
                break
            except NenghaoError as error:
                if error.code != "too-many-requests" or self._ending.wait(pause_s := next(pauses, 0.0)) or not pause_s:
                    raise
        with self._lock:
            self.newest_batch = max(self.newest_batch, answer.batch or 0)
        return answer


@dataclass(slots=True)
class RefusedReadings:
    """Refused records of readings, gathered by enterprise, item, statistic type and reason."""

    found: dict[tuple[int, int, int, str], list[tuple[date, Rejection]]] = field(default_factory=dict)

    def add(self, enterprise_id: int, item_id: int, stat_type: int, day: date, rejection: Rejection) -> None:
        """Add one record."""
        self.found.setdefault((enterprise_id, item_id, stat_type, rejection.code), []).append((day, rejection))

    def keep(self, upstream_id: int, now: datetime) -> None:
        """Write one row for each item, statistic type and reason; what was refused before is joined to it."""
        if not self.found:
            return
        rows = {(row.item_id, row.stat_type, row.code): row for row in self._rows(upstream_id, now)}
        known = Refusal.objects.filter(
            upstream_id=upstream_id, kind=RefusedKind.READINGS, enterprise_id__in={key[0] for key in self.found}
        )
        joined = []
        for before in known:
            row = rows.get((before.item_id, before.stat_type, before.code))
            if row is not None:
                _join(row, before)
                joined.append(before.pk)
        Refusal.objects.filter(pk__in=joined).delete()
        Refusal.objects.bulk_create(rows.values(), batch_size=500)

    def _rows(self, upstream_id: int, now: datetime) -> list[Refusal]:
        return [
            Refusal(
                upstream_id=upstream_id, enterprise_id=enterprise_id, kind=RefusedKind.READINGS, item_id=item_id,
                stat_type=stat_type, first_day=min(day for day, _ in records),
                last_day=max(day for day, _ in records), records=len(records), refused_at=now,
                **said(records[0][1]),
            )
            for (enterprise_id, item_id, stat_type, _), records in self.found.items()
        ]  # fmt: skip


def _join(row: Refusal, before: Refusal) -> None:
    """Widen a refusal by an earlier one; days that both name were sent again, so their records count once."""
    assert row.first_day and row.last_day and before.first_day and before.last_day
    is_apart = before.last_day < row.first_day or row.last_day < before.first_day
    row.records = row.records + before.records if is_apart else max(row.records, before.records)
    row.first_day, row.last_day = min(row.first_day, before.first_day), max(row.last_day, before.last_day)


def refused_configuration(
    upstream_id: int, enterprise_id: int, kind: RefusedKind, rejections: Sequence[Rejection], now: datetime
) -> list[Refusal]:
    """Give the rows that keep what was refused of a configuration."""
    return [
        Refusal(upstream_id=upstream_id, enterprise_id=enterprise_id, kind=kind, refused_at=now, **said(rejection))
        for rejection in rejections[:LONGEST_LIST]
    ]


def said(rejection: Rejection) -> dict[str, str]:
    """Give the words of a rejection as columns of :class:`Refusal`."""
    return {
        "code": rejection.code[:60], "field": rejection.field[:100], "message_zh": rejection.message_zh,
        "message_en": rejection.message_en, "mend_zh": rejection.mend_zh, "mend_en": rejection.mend_en,
    }  # fmt: skip
