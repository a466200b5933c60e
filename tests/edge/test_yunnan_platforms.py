"""Dialect B against platforms that are not ours: what they say of tokens, versions and refusals, and the PIN."""

from __future__ import annotations

import asyncio

import pytest

from nenghao.edge.config import load_config
from nenghao.edge.status import warnings
from nenghao.edge.uplinks.base import BatchRefusedError
from nenghao.edge.uplinks.transport import make_client
from nenghao.edge.uplinks.yunnan_form import pin_of
from nenghao.errors import NenghaoError

from .drive import _HEAD as HEAD
from .drive import _METER, DAY_MS, START_MS, Plant
from .yunnan_double import YunnanDouble

DESTINATION = """
[[destination]]
id = "yunnan-b"
register_url = "{url}"
enterprise_code = "91330000TEST000012"
region_code = "330100"
profile = "yunnan"
slot = "immediately"
retry_max_s = 0.2
{more}
"""
ITEM = _METER.format(number=10, more="", installed="2026-03-04")
ENERGY = "dataEnterpriseEnergy"


@pytest.fixture
def platform():
    made = YunnanDouble()
    yield made
    made.close()


@pytest.fixture
def plant(platform, tmp_path):
    return open_plant(platform, tmp_path)


def open_plant(platform, folder, more='pin = "135246"'):
    made = Plant.open(folder, DESTINATION.format(url=platform.url, more=more))
    made.count(START_MS, START_MS + DAY_MS)
    return made


@pytest.mark.parametrize("how", [{"responseCode": "401", "responseMessage": ""}, 401])
def test_a_token_that_dies_in_flight_is_renewed_once_for_all(platform, plant, how):
    platform.bad_token, platform.token_uses = how, 40
    plant.upload()
    assert len(platform.records) == 97
    assert len(platform.tokens) == 2
    assert platform.calls.count(ENERGY) < 97 + 9  # only what was on its way is repeated
    assert platform.calls.count("enterpriseInfo/apply") == 0  # no form in the configuration: none is sent


def test_a_record_that_is_refused_without_a_reason_holds_up_no_other(platform, plant):
    bad = "2026-03-04 05:00:00"
    platform.refuse = lambda path, body: (
        {"responseCode": 500, "responseMessage": "数据异常"} if path == ENERGY and body["statDate"] == bad else None
    )
    plant.upload(lambda: len(platform.records) == 96 and not plant.ledger.book("yunnan-b").has_pending())
    assert plant.ledger.book("yunnan-b").rejected_count() == 1
    assert ("0000000002330010", "0", bad) not in platform.records


def test_a_platform_that_refuses_everything_is_not_believed_about_any_record(platform, plant):
    platform.refuse = lambda path, _: {"responseCode": 500, "responseMessage": "维护中"} if path == ENERGY else None
    plant.upload(lambda: platform.calls.count(ENERGY) > 200)
    book = plant.ledger.book("yunnan-b")
    assert (book.rejected_count(), book.pending_count()) == (0, 97)
    platform.refuse = lambda *_: None
    plant.upload()
    assert len(platform.records) == 97


def test_not_allowed_and_broken_platforms_are_waited_for(platform, plant):
    answers = [
        {"responseCode": 403, "responseMessage": "停用"},
        *(
            {"responseCode": 500, "responseMessage": "x", "data": {"rejected": [{"code": code}]}}
            for code in ("internal-error", "database-busy", "store-busy")
        ),
        {"responseCode": 409, "responseMessage": "版本"},
    ]
    platform.refuse = lambda path, _: answers.pop() if path == ENERGY and answers else None
    plant.upload()
    assert len(platform.records) == 97
    assert plant.ledger.book("yunnan-b").rejected_count() == 0
    assert platform.calls.count("checkVersion") > 1  # 409 made it look again


def test_a_refusal_with_a_reason_of_ours_is_kept_with_it(platform, plant):
    named = {"code": "value-negative", "messageZh": "不能为负", "messageEn": "negative"}
    platform.refuse = lambda path, _: (
        {"responseCode": 400, "responseMessage": "x", "data": {"rejected": [named]}} if path == ENERGY else None
    )
    plant.upload(lambda: plant.ledger.book("yunnan-b").rejected_count() == 97)
    assert not platform.records


def test_a_number_that_does_not_fit_stays_with_its_reason(platform, plant):
    uploader = plant.uploader("yunnan-b")
    (row, *_) = uploader.book.pending(1, newest_first=True)
    tiny = type(row)(**{name: getattr(row, name) for name in row.__slots__} | {"value": 1.2345678e-9})

    async def send(rows):
        async with make_client(plant.plan, uploader.to) as client:
            await uploader.uplink.introduce(client)
            return await uploader.uplink.send(client, rows)

    reasons = asyncio.run(send([tiny, row]))
    assert list(reasons) == [0]
    assert "15" in reasons[0]
    assert len(platform.records) == 1


def test_the_whole_batch_is_refused_when_nothing_of_it_was_taken(platform, plant):
    uploader = plant.uploader("yunnan-b")
    platform.refuse = lambda path, _: {"responseCode": 500, "responseMessage": "no"} if path == ENERGY else None

    async def send():
        async with make_client(plant.plan, uploader.to) as client:
            await uploader.uplink.introduce(client)
            await uploader.uplink.send(client, uploader.book.pending(3, newest_first=True))

    with pytest.raises(BatchRefusedError, match="no"):
        asyncio.run(send())


def test_a_second_start_configures_nothing_anew_and_keeps_its_token(platform, plant):
    plant.upload()
    before = len(platform.calls)
    plant.count(START_MS + DAY_MS, START_MS + DAY_MS + DAY_MS // 4)
    plant.upload()
    assert set(platform.calls[before:]) == {"checkVersion", ENERGY}
    assert len(platform.tokens) == 1


def test_the_pin_comes_from_environment_file_or_configuration(platform, tmp_path, monkeypatch):
    (tmp_path / "pin").write_text("222222\n")
    (tmp_path / "wrong").write_text("secret7\n")

    def pin(more):
        (tmp_path / "edge.toml").write_text(HEAD + DESTINATION.format(url=platform.url, more=more) + ITEM)
        plan = load_config(tmp_path / "edge.toml")
        return pin_of(plan, plan.destinations["yunnan-b"])

    assert pin('pin = "111111"') == "111111"
    assert pin('pin = "111111"\npin_file = "pin"') == "222222"
    monkeypatch.setenv("NENGHAO_PIN_YUNNAN_B", "333333")
    assert pin('pin_file = "pin"') == "333333"
    monkeypatch.delenv("NENGHAO_PIN_YUNNAN_B")
    for more in ('pin_file = "wrong"', 'pin_file = "absent"', ""):
        with pytest.raises(NenghaoError) as refused:
            pin(more)
        assert "secret7" not in refused.value.both()


def test_status_names_what_the_platform_will_not_get(plant):
    told = "\n".join(warnings(plant.plan, {"destinations": []}))
    assert "yunnan-b: 没有 [destination.form]" in told
    assert "E10" in told
    assert "manage_code" in told
