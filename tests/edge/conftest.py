from __future__ import annotations

import csv
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from .platform_double import Platform

STEEL = Path(__file__).resolve().parents[2] / "src/nenghao/cli/demo/data/steel-plant-2018.csv"
ELECTRICITY = "00-00-0000-023300-10"

CONFIG = """
[edge]
ledger = "edge.sqlite3"
{edge}
[[destination]]
id = "province"
slot = "immediately"
register_url = "{url}/register"
enterprise_code = "91330000TEST000012"
region_code = "330100"
retry_max_s = 1.0
version_check_s = {version_check_s}

[enterprise]
name = "测试钢厂"
type_code = "110"
type_name = "国有企业"
industry_code = "C31"
region_name = "杭州市"
energy_consume_level = "4"
latitude = "30.2"
longitude = "120.2"
phone = "0571-1"
{extra}
"""

STEEL_METER = """
[[meter]]
id = "E1"
name = "总进线"
energy = "electricity"
unit = "kWh"
installed_at = 2018-01-01T00:00:00+08:00
{more}
[meter.history]
csv = "{csv}"
column = "Usage_kWh"
date_format = "%d/%m/%Y %H:%M"
stamp = "end"
midnight = "same_date"
decimals = 2
days = {days}

[[item]]
name = "全厂电力"
data_code = "00-00-0000-023300-10"
meters = ["+E1"]
"""


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    yield made
    made.close()


@pytest.fixture
def write_config(tmp_path: Path, platform: Platform) -> Callable[..., Path]:
    def write(extra: str, *, edge: str = "", version_check_s: float = 600) -> Path:
        path = tmp_path / "edge.toml"
        path.write_text(CONFIG.format(url=platform.url, extra=extra, edge=edge, version_check_s=version_check_s))
        return path

    return write


def steel_meter(days: int, more: str = "") -> str:
    return STEEL_METER.format(csv=STEEL, days=days, more=more)


def steel_days() -> dict[str, Decimal]:
    """The file's day sums by its blocks of 96 rows, computed without nenghao."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with STEEL.open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            day, month, year = row["date"].split(" ")[0].split("/")
            sums[f"{year}-{month}-{day}"] += Decimal(row["Usage_kWh"])
    return sums


def edge_process(config: Path, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "nenghao.cli", "edge", "--config", str(config), *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
