"""Two real hubs over HTTP: a province forwards to the nation, through refusal, kill, loss and correction."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from nenghao.cli.bench.chain_hubs import ChainHub
from nenghao.cli.demo.hub_process import wait_until
from nenghao.periods import BEIJING

pytestmark = pytest.mark.xdist_group("chain-live")
CODE, OTHER = "91370600M000100Y43", "91370100M000200Y41"
TODAY = datetime.now(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
DAY, YESTERDAY = TODAY - timedelta(days=2), TODAY - timedelta(days=1)
ELECTRICITY_CODE = "00-00-0000-023300-10"
ELECTRICITY = {
    "name": "电", "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "10", "inputType": "4", "scope": "1",
}  # fmt: skip


def record(day, value, stat_type="1", hour=0, **more):
    start = (day + timedelta(hours=hour)).strftime("%Y-%m-%d %H:%M:%S")
    return {
        "dataCode": ELECTRICITY_CODE, "dataValue": value, "inputType": "4", "statType": stat_type,
        "statDate": start, "scope": "1", "valid": "1", **more,
    }  # fmt: skip


class Province(ChainHub):
    """A provincial hub with two enterprises and their devices."""

    def set_up(self):
        for code, region, name in ((CODE, "370600", "烟台钢铁"), (OTHER, "370100", "济南化工")):
            self.command(
                "create-enterprise", code, "--name", name, "--region", region, "--industry", "C31", "--any-code"
            )
        self.start()
        self.devices = {code: self.connect(code) for code in (CODE, OTHER)}

    def connect(self, code):
        device = self.post("register", {"enterpriseCode": code, "region": "370000", "clientId": f"gateway {code}"})
        self.command("approve-device", device["deviceId"])
        items = [ELECTRICITY | {"statType": digit} for digit in "012"]
        message = {"deviceId": device["deviceId"], "enterpriseCode": code, "collectItemConfig": items}
        wait_until("approved", lambda: self.post("uploadConfigData", message)["responseCode"] == "0")
        return device["deviceId"]

    def send(self, code, *records):
        answer = self.post(
            "uploadEnergyData", {"deviceId": self.devices[code], "enterpriseCode": code, "data": records}
        )
        assert answer["responseCode"] == "0", answer
        assert not answer.get("rejected"), answer
        return answer["batch"]

    def upstream(self, column):
        return self.ask(f"SELECT {column} FROM chain_upstream")[0][0]

    def is_through(self, batch):
        return self.upstream("batch_id") >= batch and self.upstream("state") == "connected"


def days(hub):
    rows = hub.ask(
        "SELECT e.code, d.day, d.state, d.own_count, d.other_count FROM chain_forwardedday d "
        "JOIN registry_enterprise e ON e.id = d.enterprise_id ORDER BY 1, 2"
    )
    return {(code, day): (state, own, other) for code, day, state, own, other in rows}


def equal_since(hub, moment):
    """Days found equal by a comparison made after *moment*."""
    rows = hub.ask(
        "SELECT e.code, d.day, d.compared_at FROM chain_forwardedday d "
        "JOIN registry_enterprise e ON e.id = d.enterprise_id WHERE d.state = 'equal'"
    )
    return {(code, day) for code, day, at in rows if datetime.fromisoformat(at).replace(tzinfo=UTC) > moment}


def records_of(hub):
    """Current readings without real-time slots."""
    return {row for row in hub.readings() if row.stat_type > 0}


def day_value(hub, day):
    (row,) = [r for r in hub.readings() if r[:4] == (CODE, ELECTRICITY_CODE, 1, day.replace(tzinfo=None))]
    return row.value if row.state == 0 else None


@pytest.fixture(scope="module")
def chain(new_hub):
    nation, province = new_hub(ChainHub, "nation"), new_hub(Province, "province")
    nation.start()
    province.set_up()
    province.command("add-upstream", "国家平台", f"{nation.url}/nhjc/registerPlatform", "--region", "370000")
    wait_until("registered", lambda: nation.ask("SELECT platform_id FROM chain_platform"))
    return nation, province


def test_the_chain_through_everything(chain):
    nation, province = chain
    nothing_counts_before_approval(nation, province)
    real_time_slots_go_upward_once_their_day_is_compared(nation, province)
    killed_hubs_lose_and_double_nothing(nation, province)
    what_a_backup_lacks_is_sent_again(nation, province)


def nothing_counts_before_approval(nation, province):
    batch = province.send(
        CODE, record(DAY, "1.23456789"), record(DAY, "0.5", "0", 3), record(DAY.replace(day=1), "0.1", "2")
    )
    wait_until("waiting", lambda: province.upstream("state") == "waiting")
    platform_id = nation.ask("SELECT platform_id FROM chain_platform")[0][0]
    assert not nation.ask("SELECT * FROM registry_enterprise")
    nation.command("approve-platform", platform_id)
    wait_until("forwarded", lambda: province.is_through(batch))
    assert nation.ask("SELECT code, name, region_id, industry_id FROM registry_enterprise ORDER BY 1") == [
        (OTHER, "济南化工", "370100", "C31"), (CODE, "烟台钢铁", "370600", "C31"),
    ]  # fmt: skip


def real_time_slots_go_upward_once_their_day_is_compared(nation, province):
    """Only real-time slots came of the day, and its totals rest on them."""
    batch = province.send(OTHER, *(record(YESTERDAY, "0.25", "0", hour) for hour in range(24)))
    wait_until("forwarded", lambda: province.is_through(batch))
    compare(province)
    wait_until("equal", lambda: days(province).get((OTHER, f"{YESTERDAY:%Y-%m-%d}")) == ("equal", 24, 24))
    assert days(province)[CODE, f"{DAY:%Y-%m-%d}"][0] == "equal"


def killed_hubs_lose_and_double_nothing(nation, province):
    """The nation is killed while data comes in, then the province too."""
    nation.kill()
    batch = province.send(CODE, record(DAY, "7.5"), record(YESTERDAY, "2.000000000000001"))
    wait_until("failing", lambda: province.upstream("state") == "failing")
    province.kill()
    nation.start()
    province.start()
    wait_until("forwarded", lambda: province.is_through(batch))
    wait_until("rolled up", lambda: not nation.health()["dirty_cells"] and not province.health()["dirty_cells"])
    nation.stop()
    province.stop()
    assert records_of(nation) == records_of(province)
    assert day_value(nation, DAY) == 75000.0
    assert nation.totals() == province.totals()


def what_a_backup_lacks_is_sent_again(nation, province):
    """The nation is set back to a backup: the province notices by itself."""
    backup = nation.folder.with_name("backup")
    shutil.copytree(nation.folder, backup)
    nation.start()
    province.start()
    batch = province.send(CODE, record(DAY, "8.5"), record(DAY - timedelta(days=1), "3"))
    wait_until("forwarded", lambda: province.is_through(batch))
    nation.kill()
    province.kill()
    set_back = datetime.now(UTC)
    for name in ("readings.duckdb", "readings.duckdb.wal"):
        (nation.folder / name).unlink(missing_ok=True)
        if (backup / name).exists():
            shutil.copy(backup / name, nation.folder / name)
    nation.start()
    province.start()
    # Both days may have been compared before the kill: only what was compared after it tells of the repair.
    lost = {(CODE, f"{DAY:%Y-%m-%d}"), (CODE, f"{DAY - timedelta(days=1):%Y-%m-%d}")}
    wait_until("compared", lambda: lost <= equal_since(province, set_back))
    received = nation.ask("SELECT count(*) FROM chain_receivedday WHERE state = 'equal'")[0][0]
    assert received >= 3
    nation.stop()
    province.stop()
    assert records_of(nation) == records_of(province)
    assert day_value(nation, DAY) == 85000.0


def compare(province):
    province.command(
        "compare-upstream", "国家平台", "--from", f"{TODAY - timedelta(days=40):%Y-%m-%d}", "--to", f"{TODAY:%Y-%m-%d}"
    )
