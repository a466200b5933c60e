"""The demonstration plant: who it is, and the configuration of its edge and of its simulated meters.

Electricity is measured (see ``data/ATTRIBUTION.md``); gas, heat and water are invented and labelled 模拟 / simulated
in every name a person sees.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from string import Template

from nenghao.cli.demo.timeline import Timeline
from nenghao.periods import BEIJING

DATA = Path(__file__).parent / "data"
RECORDING = DATA / "steel-plant-2018.csv"
ENTERPRISE_CODE = "91370211MA3NHAE01R"
ENTERPRISE_NAME = "示范钢铁厂（电力实测，其余模拟）"
PROVINCE_CODE = "370000"
CITY_CODE = "370200"
REGION_CODE = "370211"
REGION_NAME = "黄岛区"
INDUSTRY_CODE = "C3130"
ELECTRICITY_ITEM = "00-00-0000-023300-10"


@dataclass(frozen=True, slots=True)
class LiveClock:
    """Accelerated time of the live part: it shows ``base`` at ``epoch`` and runs ``rate`` times as fast."""

    base: datetime
    epoch: datetime
    rate: float

    def section(self) -> str:
        """Give the ``[clock]`` section of the configuration files."""
        return f"\n[clock]\nbase = {self.base.isoformat()}\nepoch = {self.epoch.isoformat()}\nrate = {self.rate}\n"


@dataclass(frozen=True, slots=True)
class Plant:
    """Where the plant's files lie and how its processes reach each other."""

    folder: Path
    timeline: Timeline
    hub_url: str
    modbus_port: int
    profile: str = "national"

    @property
    def edge_config(self) -> Path:
        """The configuration of the edge."""
        return self.folder / "edge.toml"

    @property
    def simulator_config(self) -> Path:
        """The configuration of the meter simulator."""
        return self.folder / "simulator.toml"

    @property
    def status_file(self) -> Path:
        """Where the edge writes what it is doing."""
        return self.folder / "edge-status.json"

    @property
    def live_start(self) -> datetime:
        """The instant at which the history ends and the live meters go on."""
        midnight = datetime.combine(self.timeline.first, time(), tzinfo=BEIJING)
        return midnight + timedelta(days=self.timeline.days)

    def write(self, clock: LiveClock | None = None) -> None:
        """Write the configuration of edge and simulator; without a clock they live in real time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for model in ("simulated-volume.toml", "simulated-heat.toml"):
            shutil.copyfile(DATA / model, self.folder / model)
        for target, source in ((self.edge_config, "edge.toml.txt"), (self.simulator_config, "simulator.toml.txt")):
            text = Template((DATA / source).read_text(encoding="utf-8")).substitute(self._values(clock))
            target.write_text(text, encoding="utf-8")

    def _values(self, clock: LiveClock | None) -> dict[str, object]:
        first = self.timeline.first
        return {
            "register_url": f"{self.hub_url}/nhjc/register", "profile": self.profile,
            "enterprise_code": ENTERPRISE_CODE, "enterprise_name": ENTERPRISE_NAME, "industry_code": INDUSTRY_CODE,
            "region_code": REGION_CODE, "region_name": REGION_NAME, "modbus_port": self.modbus_port,
            "recording": RECORDING.as_posix(), "first_date": first, "days": self.timeline.days,
            "first_instant": datetime.combine(first, time(), tzinfo=BEIJING).isoformat(),
            "first_recorded": first - timedelta(days=self.timeline.shift_days),
            "shift_days": self.timeline.shift_days, "clock": clock.section() if clock else "",
        }  # fmt: skip
