"""Platforms that lose answers, find requests too large, ask to wait, or refuse a whole batch for one record."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from nenghao.edge.batch_size import BatchSize

from .drive import DAY_MS, START_MS, Plant, destination, kwh


@pytest.fixture
def plant(platform, tmp_path):
    made = Plant.open(tmp_path, destination(platform))
    made.count(START_MS, START_MS + 6 * DAY_MS)
    return made


def test_answers_that_got_lost_double_nothing(platform, plant):
    platform.lose_answers = 3
    plant.upload()
    assert {round(value, 9) for value in kwh(platform).values()} == {1.0, 96.0}
    assert len(platform.records) == 6 * 97
    assert plant.ledger.book("province").count("readings_acknowledged") == 6 * 97


def test_a_request_too_large_is_split(platform, plant):
    platform.most_bytes = 14_000
    plant.upload()
    assert len(platform.records) == platform.received == 6 * 97
    assert 50 <= max(len(batch) for batch in platform.sent) < 75  # so many fit in
    assert platform.requests < 6 * 97 / 50 + 5


def test_requests_grow_again_once_larger_ones_are_taken(platform, plant):
    """A limit that an operator raises is found again without a restart."""
    platform.most_bytes = 14_000
    plant.count(START_MS + 6 * DAY_MS, START_MS + 110 * DAY_MS)

    def all_sent():
        platform.most_bytes = 10**9 if len(platform.sent) >= 5 else platform.most_bytes
        return not plant.ledger.book("province").has_pending()

    plant.upload(all_sent, timeout_s=90)
    sizes = [len(batch) for batch in platform.sent]
    largest = [size for place, size in enumerate(sizes) if size > max(sizes[:place], default=0)]
    assert largest == [50, 62, 77, 96, 120, 150, 187, 200]
    assert platform.received == len(platform.records)
    by_type = Counter(stat_type for _, stat_type, _ in platform.records)
    assert (by_type["0"], by_type["1"]) == (110 * 96, 110)  # beside them the records of the months that are over


def test_a_size_that_is_refused_once_more_goes_back_to_the_one_that_was_taken():
    size = BatchSize(100)
    size.too_large(100)
    tries = []
    for _ in range(200):
        if size.most > 50:
            tries.append(size.most)
            size.too_large(size.most)
        else:
            assert size.most == 50
            size.took(50)
    assert tries == [62] * 4  # after 10, 20, 40 and 80 more requests: rarer and rarer
    size.too_large(50)  # its records have grown
    assert size.most == 25
    size.took(3)  # a request that was not full says nothing
    assert size.most == 25


def test_a_record_too_large_by_itself_is_told(platform, plant):
    platform.most_bytes = 100
    plant.upload(lambda: plant.ledger.book("province").rejected_count() > 3)
    (reason,) = plant.ledger.connection.execute("SELECT reason FROM delivery WHERE status = 2 LIMIT 1").fetchone()
    assert "too large" in reason


def test_waits_as_long_as_it_is_told(platform, plant):
    platform.too_many, platform.retry_after = 1, "2"
    began = time.monotonic()
    plant.upload()
    assert time.monotonic() - began > 2.0
    assert platform.requests == 1 + 3
    assert len(platform.configs) == 1  # it is not introduced anew


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("is_new", [True, False])
def test_a_poison_record_holds_up_no_other(platform, plant, status, is_new):
    platform.choke_status = status
    if not is_new:
        plant.upload()
        plant.count(START_MS + 6 * DAY_MS, START_MS + 12 * DAY_MS)
    bad = {"2026-03-08 05:00:00", "2026-03-15 05:00:00", "2026-03-15 05:15:00"}
    platform.refuses = lambda record: record["statDate"] in bad
    plant.upload()
    days = 6 if is_new else 12
    wrong = 1 if is_new else 2
    rows = plant.ledger.connection.execute("SELECT reason FROM delivery WHERE status = 2").fetchall()
    assert len(rows) == wrong
    assert all(("数据有误" if status == 200 else f"HTTP {status}") in reason for (reason,) in rows)
    assert len(platform.records) == days * 97 - (1 if is_new else 2)
    assert platform.requests < 60


def test_a_platform_that_refuses_everything_blames_no_record(platform, plant):
    platform.approved = False
    book = plant.ledger.book("province")
    plant.upload(lambda: platform.requests > 12)
    assert book.rejected_count() == 0
    assert book.word("upload_state") == "refused"
    platform.approved = True
    plant.upload(lambda: book.count("readings_acknowledged") > 0)
    platform.approved = False
    plant.upload(lambda: platform.requests > 30)
    assert book.rejected_count() == 0
    platform.approved = True
    plant.upload()
    assert len(platform.records) == 6 * 97
