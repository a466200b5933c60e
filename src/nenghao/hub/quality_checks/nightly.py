"""The nightly run: the last days of everybody, also of what never arrived, and the comparisons of the ended month."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import close_old_connections, connections

from nenghao.hub.access_progress.services import open_tickets_for_silence
from nenghao.hub.quality_checks import comparing
from nenghao.hub.quality_checks.checking import check_span
from nenghao.hub.quality_checks.loaders import RuleBook
from nenghao.hub.quality_checks.models import CheckRun, RunKind
from nenghao.hub.registry.models import Enterprise
from nenghao.periods import BEIJING, to_beijing
from nenghao.readings import ReadingStore

log = structlog.get_logger("nenghao.hub.quality_checks.nightly")

LATE_DAYS = 3
"""Days before today that a nightly run looks at again: what was not sent by then is missing (本平台设定). What arrives
later is looked at when it arrives."""
RETRY_S = 600.0


def run_nightly(
    *, store: ReadingStore, now: datetime, go_on: Callable[[], bool] = lambda: True
) -> CheckRun:  # fmt: skip
    """Check the last days and the ended month of every enterprise; the log of runs tells how it went.

    Then fault tickets are opened for the connected enterprises that have been silent too long.
    """
    today = to_beijing(now).date()
    run = logged_run(
        kind=RunKind.NIGHTLY, store=store, start=today - timedelta(days=LATE_DAYS), end=today, now=now, go_on=go_on
    )
    if go_on():
        open_tickets_for_silence(now=now, store=store)
    return run


def logged_run(
    *, kind: RunKind, store: ReadingStore, start: date, end: date, now: datetime,
    go_on: Callable[[], bool] = lambda: True,
) -> CheckRun:  # fmt: skip
    """Check ``[start, end)`` and the month before ``end``'s; keep in the log what came of it, also a failure."""
    began = datetime.now(BEIJING)
    run = CheckRun.objects.create(kind=kind, started_at=now, start=start, end=end)
    try:
        ids = list(Enterprise.objects.values_list("pk", flat=True))
        report = check_span(store=store, enterprise_ids=ids, start=start, end=end, now=now, go_on=go_on)
        month = end.replace(day=1)
        ended = (month - timedelta(days=1)).replace(day=1)
        if go_on():
            comparing.compare_months(store=store, enterprise_ids=ids, start=ended, end=month, now=now, book=RuleBook())
        run.enterprises, run.findings = report.enterprises, report.findings
        run.error = "" if go_on() else "stopped before the end"
    except Exception as error:
        run.error = f"{type(error).__name__}: {error}"
        raise
    finally:
        run.ended_at = now + (datetime.now(BEIJING) - began)
        run.save()
    return run


def last_due(now: datetime) -> datetime:
    """Give the latest moment, not after ``now``, at which a nightly run was to begin."""
    at = to_beijing(now).replace(second=0, microsecond=0)
    due = at.replace(hour=run_time().hour, minute=run_time().minute)
    return due if due <= at else due - timedelta(days=1)


def run_time() -> time:
    """Give the time of day of the nightly run (Beijing), the setting ``NENGHAO_NIGHTLY_CHECKS_AT``."""
    return time.fromisoformat(settings.NENGHAO_NIGHTLY_CHECKS_AT)


def seconds_until_due(now: datetime) -> float:
    """Give how long to sleep before the next run: 0 when the last is still owed (the hub was down, or it failed)."""
    due = last_due(now)
    done = CheckRun.objects.filter(kind=RunKind.NIGHTLY, started_at__gte=due, ended_at__isnull=False, error="")
    return (due + timedelta(days=1) - now).total_seconds() if done.exists() else 0.0


def nightly_health() -> dict[str, Any]:
    """Tell when the last nightly run ended, how long it took and whether it failed, for ``/health``."""
    run = CheckRun.objects.filter(kind=RunKind.NIGHTLY, ended_at__isnull=False).first()
    if run is None or run.ended_at is None:
        return {"nightly_checks": "none yet"}
    return {
        "nightly_checks": "failed" if run.error else "ok",
        "nightly_checks_ended_at": to_beijing(run.ended_at).isoformat(timespec="seconds"),
        "nightly_checks_s": run.seconds,
    }


class NightlyChecks:
    """Sleeps until the time of the run, runs, and sleeps again, for as long as the store is open."""

    def __init__(self, store: ReadingStore) -> None:
        self._store = store
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="quality-nightly", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop after the block under way; the run is owed and begins anew after the next start."""
        self._closing.set()
        self._thread.join()

    def _loop(self) -> None:
        try:
            self._work()
        finally:
            connections.close_all()

    def _work(self) -> None:
        wait_s = 0.0
        while not self._closing.wait(wait_s):
            try:
                wait_s = seconds_until_due(datetime.now(BEIJING))
                if wait_s == 0:
                    run = run_nightly(store=self._store, now=datetime.now(BEIJING), go_on=self._go_on)
                    log.info("nightly checks", seconds=run.seconds, findings=run.findings, error=run.error)
            except Exception as error:  # the database is away, or a block cannot be judged: try again later
                log.error("nightly checks failed", error=str(error), exc_info=True)
                wait_s = RETRY_S
            finally:
                close_old_connections()

    def _go_on(self) -> bool:
        return not self._closing.is_set()
