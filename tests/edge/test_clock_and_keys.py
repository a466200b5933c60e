"""The platform's clock is measured and told, never followed; signatures carry its time; keys change on the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from nenghao.edge.status import report, snapshot
from nenghao.edge.uplinks.offset import SAMPLES, ClockOffset, retry_after_s

from .drive import DAY_MS, START_MS, Plant, destination

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@given(
    ahead_s=st.floats(-100_000, 100_000),
    trips=st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1000)), min_size=SAMPLES, max_size=SAMPLES),
)
def test_the_median_is_within_half_a_second_and_half_a_trip(ahead_s, trips):
    offset = ClockOffset()
    for trip_s, at_s in trips:
        began = NOON + timedelta(seconds=at_s)
        theirs = began + timedelta(seconds=trip_s / 2 + ahead_s)
        offset.observe(
            format_datetime(theirs.replace(microsecond=0), usegmt=True), began, began + timedelta(seconds=trip_s)
        )
    assert offset.value_s is not None
    assert abs(offset.value_s - ahead_s) <= 0.5 + 1e-3


def test_headers_that_are_no_dates():
    offset = ClockOffset()
    for header in ("", "yesterday", "Wed, 99 Mar 2026 12:00:00 GMT"):
        offset.observe(header, NOON, NOON)
        assert retry_after_s(header, NOON) is None
    assert offset.value_s is None
    assert retry_after_s("120", NOON) == 120
    assert retry_after_s("99999999", NOON) == 3600
    assert retry_after_s("Wed, 04 Mar 2026 12:00:30 GMT", NOON) == 30
    assert retry_after_s("Wed, 04 Mar 2026 11:00:30 GMT", NOON) == 0


def test_the_offset_is_told_by_destination(platform, tmp_path):
    platform.clock_ahead_s = 95.0
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + 3 * DAY_MS)
    plant.upload()
    told = snapshot(plant.plan, plant.ledger, plant.now_ms)["destinations"][0]["clock_offset_s"]
    assert abs(told - 95.0) < 2
    text = report(plant.plan, plant.ledger, plant.now_ms)
    assert "synchronise this machine's clock" in text
    problems = plant.ledger.connection.execute("SELECT place, message_zh FROM problem").fetchall()
    assert [place for place, _ in problems] == ["province"]


def test_requests_are_signed_with_the_platform_s_time(platform, tmp_path):
    platform.sign_key, platform.clock_ahead_s = "11" * 32, 4000.0
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + 3 * DAY_MS)
    plant.upload()
    assert platform.unsigned == []
    assert platform.signed == 3 + 1 + 2  # version, dictionaries, configuration, instruments, two batches
    assert plant.ledger.path.stat().st_mode & 0o777 == 0o600


def test_a_refused_signature_makes_it_register_again(platform, tmp_path):
    platform.sign_key = "11" * 32
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + DAY_MS)
    book = plant.ledger.book("province")

    def rotated():
        if platform.sign_key == "11" * 32 and not book.has_pending():
            platform.sign_key = "22" * 32
            plant.count(START_MS + DAY_MS, START_MS + 2 * DAY_MS)
        return len(platform.records) == 2 * 97 and not book.has_pending()

    plant.upload(rotated)
    assert set(platform.unsigned) == {"/data"}
    assert book.word("sign_key") == "22" * 32
    assert book.rejected_count() == 0


def test_a_new_regversion_makes_it_register_again(platform, tmp_path, monkeypatch):
    registered = []
    plain = platform.on_register
    monkeypatch.setattr(platform, "on_register", lambda body: registered.append(body) or plain(body))
    plant = Plant.open(tmp_path, destination(platform, more='slot = "immediately"\nversion_check_s = 0.2'))
    plant.count(START_MS, START_MS + DAY_MS)

    def told():
        if len(platform.records) == 97 and platform.reg_version == "1":
            platform.reg_version, platform.upload_time = "2", "05:00:00"
        return plant.ledger.book("province").word("reg_version") == "2"

    plant.upload(told)
    assert len(registered) == 2
    assert registered[0]["clientId"] == registered[1]["clientId"]
    assert plant.ledger.book("province").word("upload_time") == "05:00:00"


def test_a_profile_without_signatures_asks_for_none(platform, tmp_path, monkeypatch):
    from dataclasses import replace

    platform.sign_key = ""
    plant = Plant.open(tmp_path, destination(platform))
    to = plant.plan.destinations["province"]
    plant.plan.destinations["province"] = replace(to, profile=replace(to.profile, signing="off"))
    asked = []
    plain = platform.on_register
    monkeypatch.setattr(platform, "on_register", lambda body: asked.append(body) or plain(body))
    plant.count(START_MS, START_MS + DAY_MS)
    plant.upload()
    assert "signing" not in asked[0]
