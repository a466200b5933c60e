"""What callers without rights may cause is bounded; approved devices are not held up."""

import pytest

from nenghao.hub.intake.limits import MAX_KEYS, WINDOW_S, MinuteLimit
from nenghao.hub.intake.tests.gateway import CODE, Gateway, record
from nenghao.readings.uploads import batch_page


@pytest.fixture
def entries(store, enterprise):
    return lambda: batch_page(store, enterprise_ids=[enterprise.pk], unidentified=True).count


def test_strangers_fill_the_log_only_so_far_and_are_still_answered(newcomer, settings, entries):
    settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = 5
    answers = [newcomer.post("uploadEnergyData", {"deviceId": "f" * 32, "enterpriseCode": CODE, "data": []})
               for _call in range(12)]  # fmt: skip
    assert {answer["rejected"][0]["code"] for answer in answers} == {"device-unknown"}
    assert [("batch" in answer) for answer in answers] == [True] * 5 + [False] * 7
    assert newcomer.post("versionCheck", b"{")["responseCode"] == "1"
    assert entries() == 5
    elsewhere = newcomer.post("versionCheck", {"deviceId": "f" * 32}, REMOTE_ADDR="10.9.8.7")
    assert "batch" in elsewhere
    assert entries() == 6


def test_a_device_that_waits_is_a_stranger_and_an_approved_one_is_not(newcomer, settings, entries):
    settings.NENGHAO_UNAPPROVED_LOGGED_PER_MINUTE = 3
    newcomer.register()
    for _call in range(9):
        assert newcomer.post("versionCheck", {"deviceId": newcomer.device_id})["responseCode"] == "0"
    assert entries() == 3
    newcomer.approve()
    for _call in range(9):
        assert newcomer.upload(record())["rejected"][0]["code"] == "data-code-unknown"
    assert entries() == 12


def test_registrations_are_limited_per_address(newcomer, settings, entries, client):
    settings.NENGHAO_REGISTRATIONS_PER_MINUTE = 3
    answers = [newcomer.register(clientId=f"{number:032}") for number in range(5)]
    assert [answer["responseCode"] for answer in answers] == ["0", "0", "0", "1", "1"]
    assert answers[-1]["rejected"][0]["code"] == "too-many-registrations"
    other = Gateway(client)
    assert other.post("register", {"enterpriseCode": CODE, "region": "370600"}, REMOTE_ADDR="10.9.8.7")["deviceId"]


def test_the_window_passes_and_memory_stays_bounded(monkeypatch):
    now = 1000.0
    monkeypatch.setattr("nenghao.hub.intake.limits.time.monotonic", lambda: now)
    limit = MinuteLimit()
    assert [limit.allows("a", 1), limit.allows("a", 1)] == [True, False]
    for number in range(2 * MAX_KEYS):
        limit.allows(str(number), 1)
    assert len(limit._counts) <= MAX_KEYS + 1
    now += WINDOW_S
    assert limit.allows("a", 1)
