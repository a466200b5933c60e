"""A plant in a ledger and its uploaders in this process, on a clock that the test sets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nenghao.drivers.clock import Clock
from nenghao.edge.config import EdgePlan, load_config
from nenghao.edge.ledger import Ledger, SampleRows
from nenghao.edge.process import prepare
from nenghao.edge.upload import Uploader
from nenghao.edge.windows import recompute

DAY_MS = 86_400_000
QUARTER_MS = 900_000
START_MS = 1_772_553_600_000  # 2026-03-04T00:00+08:00

_HEAD = """
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
"""
_DESTINATION = """
[[destination]]
id = "{id}"
register_url = "{url}/register"
enterprise_code = "91330000TEST000012"
region_code = "330100"
retry_max_s = 0.3
{more}
"""
_METER = """
[[meter]]
id = "E{number}"
name = "{number}"
energy = "electricity"
unit = "kWh"
installed_at = {installed}T00:00:00+08:00
[[item]]
name = "{number}"
data_code = "00-00-0000-023300-{number}"
meters = ["E{number}"]
{more}
"""


def destination(platform, name: str = "province", more: str = 'slot = "immediately"') -> str:
    """One ``[[destination]]``."""
    return _DESTINATION.format(id=name, url=platform.url, more=more)


@dataclass
class Plant:
    """An open ledger with ``meters`` that count 1 kWh in a quarter of an hour times their number less nine."""

    plan: EdgePlan
    ledger: Ledger
    now_ms: int = START_MS + 400 * DAY_MS

    @classmethod
    def open(
        cls, folder: Path, destinations: str, *, meters: int = 1, more: str = "", installed: str = "2026-03-04"
    ) -> Plant:
        """Write the configuration, open or make the ledger."""
        path = folder / "edge.toml"
        items = "".join(_METER.format(number=10 + n, more=more, installed=installed) for n in range(meters))
        path.write_text(_HEAD + destinations + items, encoding="utf-8")
        plan = load_config(path)
        ledger = Ledger(plan.ledger_path)
        prepare(plan, ledger)
        return cls(plan, ledger)

    def count(self, first_ms: int, last_ms: int) -> None:
        """Let every meter be read each quarter of an hour from the first instant to the last."""
        ts = np.arange(first_ms, last_ms + 1, QUARTER_MS, dtype=np.int64)
        for number, meter in enumerate(self.plan.meters.values(), start=1):
            register = (ts - START_MS) / QUARTER_MS * number + 1e6
            with self.ledger.transaction():
                rows = SampleRows(ts, ts, register, np.zeros(len(ts), np.int64))
                self.ledger.put_samples(meter.section.id, rows)
                recompute(self.ledger, meter, first_ms, last_ms)

    def uploader(self, name: str = "province") -> Uploader:
        """The uploader of a destination, on the plant's clock."""
        clock = Clock(real_ms=lambda: self.now_ms)
        return Uploader(self.plan, self.ledger, self.plan.destinations[name], clock)

    def upload(self, until: Callable[[], bool] | None = None, *names: str, timeout_s: float = 60.0) -> None:
        """Run the uploaders until the condition holds; by default until nothing waits at any destination."""
        uploaders = [self.uploader(name) for name in names or self.plan.destinations]

        def idle() -> bool:
            return not any(uploader.book.has_pending() for uploader in uploaders)

        async def run() -> None:
            tasks = [asyncio.create_task(uploader.run()) for uploader in uploaders]
            deadline = time.monotonic() + timeout_s
            while not (until or idle)():
                assert time.monotonic() < deadline, "waited too long"
                assert not any(task.done() for task in tasks)
                await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(run())


def kwh(platform) -> dict[tuple[str, str, str], float]:
    """What a platform holds by (data code, statType, statDate) [kWh]; the wire carries 万kWh."""
    return {key: float(record["dataValue"]) * 1e4 for key, record in platform.records.items()}


def days_in_order(platform) -> list[str]:
    """The Beijing day of every record in the order of arrival."""
    return [record["statDate"][:10] for batch in platform.sent for record in batch]
