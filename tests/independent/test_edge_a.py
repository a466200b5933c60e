"""The real edge, as a process, against the independent platform: what it kept is the plant's known consumption."""

import csv
import subprocess
import sys
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from .platform_a import ALL, ALL_BUT_UPLOAD_DATE, NONE, Platform, serving

STEEL = Path(__file__).resolve().parents[2] / "src/nenghao/cli/demo/data/steel-plant-2018.csv"
ENTERPRISE, DAYS = "91330100M000000001", 31
PLANT, SHOP = "00-00-0000-023300-10", "01-01-0000-023300-10"
DESTINATION = """
[[destination]]
id = "{id}"
register_url = "{url}"
enterprise_code = "{enterprise}"
region_code = "330100"
profile = "{profile}"
slot = "immediately"
retry_max_s = 0.5
timeout_s = 5
{more}
"""
CONFIG = """
[edge]
ledger = "edge.sqlite3"
{destinations}
[enterprise]
name = "独立核对钢厂"
type_code = "110"
type_name = "国有企业"
industry_code = "C31"
region_name = "杭州市"
energy_consume_level = "4"
latitude = "30.2"
longitude = "120.2"
phone = "0571-1"
field_code = "100"
[[process]]
code = "01"
name = "轧钢"
industry_code = "C31"
system = false
[[process_unit]]
code = "01"
name = "一号轧机"
process_code = "01"
[[meter]]
id = "E1"
name = "总进线"
energy = "electricity"
unit = "kWh"
installed_at = 2018-01-01T00:00:00+08:00
[meter.history]
csv = "{csv}"
column = "Usage_kWh"
date_format = "%d/%m/%Y %H:%M"
stamp = "end"
midnight = "same_date"
decimals = 2
days = {days}
[meter.instrument]
manage_code = "110100001001"
metering_type = "11010000"
metering_level = "1"
accuracy_level = "0.5S"
install_org = "1"
usr_system = "1"
measure_state = "1"
[[item]]
name = "全厂电力"
data_code = "00-00-0000-023300-10"
meters = ["+E1"]
value_max = "5"
[[item]]
name = "一号轧机电力"
data_code = "01-01-0000-023300-10"
scope = 3
meters = ["+E1"]
stat_types = [1]
"""


def known_consumption(minutes, count=DAYS):
    """kWh by start of every 15 or 60 minutes, of every day and of the month, read from the file without nenghao."""
    slots, days = defaultdict(Decimal), defaultdict(list)
    with STEEL.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            days[datetime.strptime(row["date"][:10], "%d/%m/%Y")].append(Decimal(row["Usage_kWh"]))
    for day in sorted(days)[:count]:
        assert len(days[day]) == 96
        for index, kwh in enumerate(days[day]):
            start = day + timedelta(minutes=15 * index)
            start -= timedelta(minutes=start.minute % minutes)
            slots["0", f"{start}"] += kwh
            slots["1", f"{day}"] += kwh
            slots["2", f"{day.replace(day=1)}"] += kwh
    return slots


def run_edge(folder, *destinations, days=DAYS):
    """Run the edge to its end; a destination is (platform, profile, more keys)."""
    sections = "".join(
        DESTINATION.format(id=f"d{n}", url=platform.register_url, enterprise=ENTERPRISE, profile=profile, more=more)
        for n, (platform, profile, more) in enumerate(destinations)
    )
    config = folder / "edge.toml"
    config.write_text(CONFIG.format(destinations=sections, csv=STEEL, days=days))
    command = [sys.executable, "-m", "nenghao.cli", "edge", "--config", str(config), "--until-idle"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def agrees(platform, minutes):
    """Every kept value of the plant is the known one, and nothing is missing or too much."""
    known = known_consumption(minutes)
    kept = {key[2:]: Decimal(record["dataValue"]) * 10_000 for key, record in platform.kept.items() if key[1] == PLANT}
    assert set(kept) == set(known)
    assert max(abs(kept[key] - known[key]) for key in known) < Decimal("1e-6")
    shop = {key[2:]: record for key, record in platform.kept.items() if key[1] == SHOP}
    assert set(shop) == {key for key in known if key[0] == "1"}
    assert all(record["scope"] == "3" for record in shop.values())


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    """One edge, three platforms at once: plain, Shandong's, and Shandong's with uploadDate in plain."""
    with (
        serving(Platform(encryption=NONE, prefix="/sx/inf/upload")) as plain,
        serving(Platform(encryption=ALL)) as shandong,
        serving(Platform(encryption=ALL_BUT_UPLOAD_DATE)) as plain_date,
    ):
        done = run_edge(
            tmp_path_factory.mktemp("edge"),
            (plain, "national", ""),
            (shandong, "shandong", 'order = "oldest-first"'),
            (plain_date, "shandong-plain-upload-date", ""),
        )
        assert done.returncode == 0, done.stderr
        yield {"plain": plain, "shandong": shandong, "plain date": plain_date}


@pytest.mark.parametrize(("name", "minutes"), [("plain", 15), ("shandong", 60), ("plain date", 60)])
def test_what_the_platform_keeps_is_the_known_consumption(three, name, minutes):
    platform = three[name]
    assert platform.problems == []
    agrees(platform, minutes)
    order = list(dict.fromkeys(platform.operations))
    assert order[:3] == ["register", "versionCheck", "downloadBaseData"]
    assert order[3:] == ["uploadConfigData", "uploadMeteringData", "uploadEnergyData"]
    config = platform.configuration[ENTERPRISE]
    rows = {(row["statType"], row["scope"]) for row in config["collectItemConfig"]}
    assert rows == {("0", "1"), ("1", "1"), ("2", "1"), ("1", "3")}
    assert [row["processCode"] for row in config["process"]] == ["01"]
    assert [row["code"] for row in config["processUnit"]] == ["01"]
    assert {row["dataCode"] for row in platform.instruments[ENTERPRISE]} == {PLANT, SHOP}


def test_a_sparse_and_unfriendly_platform(tmp_path):
    """No optional address, approval that takes its time, refusals, error pages and lost answers: nothing is lost."""
    faults = ["error page", "", "", "", "hang up before", "", "refuse", "", "hang up after", "", "", "hang up after"]
    sparse = Platform(optional_urls=False, prefix="", approve_at_once=False, faults=faults)
    with serving(sparse) as platform:
        approval = threading.Timer(4, platform.approve)
        approval.start()
        done = run_edge(tmp_path, (platform, "national", 'realtime = "hour"'))
        approval.join()
        assert done.returncode == 0, done.stderr
        assert platform.faults == []
        assert platform.problems == []
        agrees(platform, 60)
        assert set(platform.operations) == {"register", "versionCheck", "uploadEnergyData"}
