"""Two persons at once: a proposal is approved once, a month closed once."""

from __future__ import annotations

import threading
import time
from datetime import date

import pytest
from django.db import OperationalError, connection

from nenghao.errors import NenghaoError
from nenghao.hub.corrections.closing import close_months
from nenghao.hub.corrections.models import ClosedFigure, ClosedMonth, Correction
from nenghao.hub.corrections.services import decide, propose
from nenghao.hub.corrections.tests.test_life import GROUNDS, at, manual, values
from nenghao.readings.energy import reading_versions

pytestmark = pytest.mark.django_db(transaction=True)


def patient(step):
    """Wait for a lock as a file's busy timeout does: SQLite's database in memory, of the tests alone, has none."""
    for _ in range(2000):
        try:
            return step()
        except OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(0.01)
    raise AssertionError("the lock was never free")


def together(*steps):
    """Run the steps at the same moment, each on a connection of its own; give what each returned or raised."""
    start, results = threading.Barrier(len(steps)), [None] * len(steps)

    def run(number, step):
        start.wait()
        try:
            results[number] = patient(step)
        except NenghaoError as error:
            results[number] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_approvals_at_once_make_one_version(world, act):
    one = propose(**act(world.manager), draft=manual(world, at(9), at(9, 15), 25.0), grounds=GROUNDS)

    def approve(account):
        return decide(**act(account), store=world.store, correction_id=one.pk, approve=True, reason=account.username)

    results = together(lambda: approve(world.officer), lambda: approve(world.second))
    assert sorted(isinstance(result, Correction) for result in results) == [False, True]
    assert "correction-decided" in results
    versions = reading_versions(
        world.store, enterprise_ids=[9001], data_item_id=world.item.pk, stat_type=0, period_start=at(9)
    )
    assert [version.source for version in versions] == ["correction", "upload"]
    one.refresh_from_db()
    assert one.decision_reason == one.decided_by.username == versions[0].approved_by
    assert values(world, at(9), at(9, 15))[0] == [25.0]


def test_a_month_is_closed_once(world, act):
    def close(account):
        return close_months(**act(account), store=world.store, enterprise_ids=[9001], month=date(2026, 10, 1))

    results = together(lambda: close(world.officer), lambda: close(world.second))
    closed = [len(result.closed) for result in results if not isinstance(result, str)]
    assert sum(closed) == 1
    assert ClosedMonth.objects.count() == 1
    assert ClosedFigure.objects.count() == 4
