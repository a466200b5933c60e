"""Plants of the chaos run: each an access end with its own enterprise, ledger and made-up history of two meters."""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from nenghao.periods import BEIJING

FIRST_DAY = date(2025, 1, 1)
REGION_CODE, INDUSTRY_CODE = "370211", "C3130"
METERS = (("E1", "electricity", "kWh", "00-00-0000-023300-10"), ("G1", "natural_gas", "m3", "00-00-0000-011500-10"))
SLOTS = 96

_CONFIG = """
[edge]
ledger = "edge.sqlite3"
chunk_days = 3

[[destination]]
id = "platform"
slot = "immediately"
register_url = "http://127.0.0.1:{port}/nhjc/register"
enterprise_code = "{code}"
region_code = "{region}"
order = "{order}"
timeout_s = 4.0
retry_max_s = 1.5
version_check_s = 5.0

[enterprise]
name = "混沌测试企业（模拟）{number}"
type_code = "110"
type_name = "国有企业"
industry_code = "{industry}"
region_name = "黄岛区"
energy_consume_level = "4"
latitude = "36.0"
longitude = "120.1"
phone = "0532-00000000"
"""
_METER = """
[[meter]]
id = "{meter}"
name = "{meter}（模拟）"
energy = "{energy}"
unit = "{unit}"
installed_at = {first}T00:00:00+08:00

[meter.history]
csv = "{meter}.csv"
column = "usage"
date_format = "iso"
interval_s = 900
content = "usage"
stamp = "start"
decimals = 2
from_date = {first}
days = {days}

[[item]]
name = "{meter}（模拟）"
data_code = "{data_code}"
meters = ["+{meter}"]
"""


def enterprise_code(number: int) -> str:
    """Give the code of the n-th made-up enterprise; it cannot be mistaken for a real one."""
    return f"91370000CHAOS{number:05}"


@dataclass(frozen=True, slots=True)
class Plant:
    """One plant: its number, folder and how many days of history it has."""

    number: int
    folder: Path
    days: int

    @property
    def code(self) -> str:
        """The 统一社会信用代码 of its enterprise."""
        return enterprise_code(self.number)

    @property
    def config(self) -> Path:
        """The configuration file of its access end."""
        return self.folder / "edge.toml"

    @property
    def status_file(self) -> Path:
        """Where its access end writes what it is doing."""
        return self.folder / "status.json"

    def write(self, port: int) -> None:
        """Write configuration and histories; it registers at ``port`` of the loopback address."""
        self.folder.mkdir(parents=True)
        dice = random.Random(self.number)  # noqa: S311 - made-up consumption
        order = dice.choice(["oldest-first", "newest-first"])
        text = _CONFIG.format(
            port=port, code=self.code, number=self.number, region=REGION_CODE, industry=INDUSTRY_CODE, order=order
        )
        for meter, energy, unit, data_code in METERS:
            text += _METER.format(
                meter=meter, energy=energy, unit=unit, data_code=data_code, days=self.days, first=FIRST_DAY
            )
            self._write_history(meter, dice)
        self.config.write_text(text, encoding="utf-8")

    def _write_history(self, meter: str, dice: random.Random) -> None:
        start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=BEIJING).replace(tzinfo=None)
        rows = [
            f"{start + timedelta(minutes=15 * slot):%Y-%m-%d %H:%M:%S},{dice.randrange(0, 50_000) / 100:.2f}"
            for slot in range(self.days * SLOTS)
        ]
        (self.folder / f"{meter}.csv").write_text("\n".join(["date,usage", *rows, ""]), encoding="utf-8")

    def day_sums(self) -> dict[tuple[str, date], float]:
        """Give what each day used by the histories, by data code, summed in whole hundredths."""
        sums: dict[tuple[str, date], int] = {}
        for meter, _energy, _unit, data_code in METERS:
            for row in (self.folder / f"{meter}.csv").read_text(encoding="utf-8").splitlines()[1:]:
                stamp, usage = row.split(",")
                key = (data_code, date.fromisoformat(stamp[:10]))
                sums[key] = sums.get(key, 0) + round(float(usage) * 100)
        return {key: hundredths / 100 for key, hundredths in sums.items()}

    def status(self) -> dict[str, Any]:
        """Give what the access end last wrote about itself; empty before it did."""
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return json.loads(self.status_file.read_text(encoding="utf-8"))
        return {}

    def ledger(self) -> sqlite3.Connection:
        """Open its ledger for reading."""
        return sqlite3.connect(f"file:{self.folder / 'edge.sqlite3'}?mode=ro", uri=True)
