"""The ledger is lost: what the platforms hold comes back, and only what they do not have is sent."""

from __future__ import annotations

import copy
from datetime import datetime

import pytest

from nenghao.edge.recovery import recover_all
from nenghao.errors import NenghaoError

from .conftest import ELECTRICITY, steel_meter
from .drive import DAY_MS, START_MS, Plant, destination, kwh
from .test_destinations import nation  # noqa: F401
from .test_history_upload import check_days, run_until_idle
from .test_upload import command

ALWAYS = {"start": datetime(2026, 3, 1), "end": datetime(2026, 4, 1)}


def lost(plant, tmp_path, destinations, **more):
    plant.ledger.close()
    for file in tmp_path.glob("edge.sqlite3*"):
        file.unlink()
    return Plant.open(tmp_path, destinations, **more)


def test_the_real_plant_comes_back_and_nothing_is_sent_twice(platform, write_config, tmp_path):
    platform.gives_back = True
    config = write_config(steel_meter(40))
    run_until_idle(config)
    held, received = copy.deepcopy(kwh(platform)), platform.received
    for file in tmp_path.glob("edge.sqlite3*"):
        file.unlink()
    code, out, err = command("recover", "--config", str(config), "--from", "2018-01-01", "--to", "2018-03-01")
    assert code == 0, err
    assert f"{40 * 97 + 1} values came back, 0 of them differ" in out
    run_until_idle(config)  # the whole history is read again
    assert kwh(platform) == held
    assert platform.received == received
    check_days(platform, 40)
    assert (tmp_path / "edge.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("profile", ["national", "shandong"])
def test_history_is_there_without_any_file(platform, tmp_path, profile):
    platform.gives_back = True
    platform.secret_key = "0123456789abcdeffedcba9876543210" if profile == "shandong" else ""
    where = destination(platform, more=f'slot = "immediately"\nprofile = "{profile}"')
    plant = Plant.open(tmp_path, where, meters=2)
    plant.count(START_MS, START_MS + 3 * DAY_MS)
    plant.upload()
    if profile == "shandong":  # this double orders and filters plain text only
        platform.records = {number: plain(record) for number, record in enumerate(platform.records.values())}
    query = "SELECT * FROM interval WHERE kind IN ({}, 2) ORDER BY meter_no, kind, start_ms"
    query = query.format(1 if profile == "shandong" else 0)
    before = plant.ledger.connection.execute(query).fetchall()
    plant = lost(plant, tmp_path, where, meters=2)
    (found,) = recover_all(plant.plan, plant.ledger, **ALWAYS)
    assert found.taken == len(before) == (3 * 25 * 2 if profile == "shandong" else 3 * 97 * 2)
    assert [row[:4] for row in before] == [row[:4] for row in plant.ledger.connection.execute(query)]
    assert [row[4] for row in plant.ledger.connection.execute(query)] == pytest.approx([row[4] for row in before])
    book = plant.ledger.book("province")
    assert book.pending_count() == 0
    last_ms = START_MS + 3 * DAY_MS - (3_600_000 if profile == "shandong" else 900_000)
    assert book.word("newest_acknowledged_ms") == str(last_ms)
    received = platform.received
    plant.count(START_MS + 3 * DAY_MS, START_MS + 4 * DAY_MS)  # life goes on
    plant.upload()
    assert platform.received == received + 2 * (25 if profile == "shandong" else 97)


def plain(record):
    from nenghao.protocol import sm4_decrypt_field

    key = "0123456789abcdeffedcba9876543210"
    return {name: sm4_decrypt_field(text, key) for name, text in record.items()}


def test_another_destination_gets_what_came_back(platform, nation, tmp_path):  # noqa: F811
    platform.gives_back = True
    both = destination(platform) + destination(nation, "nation")
    plant = Plant.open(tmp_path, both)
    plant.count(START_MS, START_MS + 2 * DAY_MS)
    plant.upload(None, "province")
    plant = lost(plant, tmp_path, both)
    told = recover_all(plant.plan, plant.ledger, **ALWAYS)
    assert next(told).taken == 2 * 97
    with pytest.raises(NenghaoError, match="offers no download"):
        next(told)
    plant.upload()
    assert kwh(nation) == kwh(platform)
    assert platform.received == 2 * 97


def test_what_differs_is_told_and_sent(platform, tmp_path):
    platform.gives_back = True
    plant = Plant.open(tmp_path, destination(platform))
    plant.count(START_MS, START_MS + DAY_MS)
    plant.upload()
    platform.records[ELECTRICITY, "0", "2026-03-04 05:00:00"]["dataValue"] = "7"
    platform.records["x"] = {**platform.records[ELECTRICITY, "1", "2026-03-04 00:00:00"], "dataCode": "gone"}
    platform.records["y"] = {**platform.records[ELECTRICITY, "0", "2026-03-04 06:00:00"], "source": "manual"}
    platform.configs[-1]["enterprise"]["phone"] = "000"
    items = platform.configs[-1]["collectItemConfig"]
    items[0]["inputType"] = "5"
    items.append({**items[0], "dataCode": "more"})
    platform.metering[-1]["data"] = []
    plant = lost(plant, tmp_path, destination(platform))
    plant.count(START_MS, START_MS + DAY_MS)
    (found,) = recover_all(plant.plan, plant.ledger, **ALWAYS)
    assert (found.taken, found.differing, found.made_there) == (97, 1, 1)
    assert found.not_configured == {"gone statType 1": 1}
    text = found.text()
    for line in (
        "enterprise phone: '0571-1' in the file, '000' on the platform",
        f"item {ELECTRICITY} 0 inputType: '4' in the file, '5' on the platform",
        "item more 0: not in the configuration file",
        f"instrument E10 {ELECTRICITY}: not on the platform",
    ):
        assert line in text
    del platform.records["x"], platform.records["y"]
    plant.upload()
    assert kwh(platform)[ELECTRICITY, "0", "2026-03-04 05:00:00"] == pytest.approx(1.0)
    assert platform.received == 97 + 1


def test_a_device_that_is_not_approved_yet_is_told_so(platform, write_config):
    platform.gives_back, platform.approved = True, False
    config = write_config(steel_meter(1))
    code, _, err = command("recover", "--config", str(config))
    assert code == 2
    assert "设备未审核" in err
    assert "Traceback" not in err
    code, _, err = command("recover", "--config", str(config), "--destination", "elsewhere")
    assert code == 2
    assert "known: province" in err


def test_a_platform_that_lost_days_gets_them_again(platform, write_config):
    config = write_config(steel_meter(10))
    run_until_idle(config)
    held, received = dict(platform.records), platform.received
    platform.records = {key: record for key, record in held.items() if not "2018-01-03" <= key[2][:10] < "2018-01-06"}
    span = ("--from", "2018-01-03", "--to", "2018-01-06")
    code, out, err = command("resend", "--config", str(config), "--destination", "province", *span)
    assert code == 0, err
    assert out.startswith(f"{3 * 97} ")
    run_until_idle(config)
    assert {k: r["dataValue"] for k, r in platform.records.items()} == {k: r["dataValue"] for k, r in held.items()}
    assert platform.received == received + 3 * 97
