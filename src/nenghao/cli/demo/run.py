"""The run of the demonstration: platform up, history in, then live meters until Ctrl-C.

Every part is the real program in its own process: ``nenghao hub serve``, ``nenghao edge``, ``nenghao simulator``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nenghao.cli.demo import platform
from nenghao.cli.demo.children import Child, free_port
from nenghao.cli.demo.hub_process import HubProcess
from nenghao.cli.demo.plant import ENTERPRISE_CODE, LiveClock, Plant
from nenghao.cli.demo.timeline import Timeline
from nenghao.periods import BEIJING

LEAST_LEAD = timedelta(hours=6)
"""The live part begins at a midnight at least this long ago, so that arrivals are seen at once."""
Status = dict[str, Any]
Report = Callable[[Status], None]


@dataclass(slots=True)
class Demo:
    """One demonstration: its folder, its plant and the processes that run."""

    folder: Path
    plant: Plant
    hub: HubProcess
    children: list[Child] = field(default_factory=list)

    @classmethod
    def prepare(cls, folder: Path, timeline: Timeline, *, port: int, profile: str) -> Demo:
        """Empty the folder, make the platform's database, register the plant and the accounts."""
        platform.fresh_folder(folder)
        hub = HubProcess(
            folder / "hub", port=port, environment=platform.environment(folder / "hub", profile), options=()
        )
        plant = Plant(folder / "plant", timeline, hub.url, free_port(), profile)
        demo = cls(folder, plant, hub)
        demo.command("hub", "init")
        demo.python("-m", "nenghao.cli.demo.platform", "create")
        plant.write()
        days = str(timeline.days)
        history = str(plant.folder / "history")
        demo.command("simulator", "--config", str(plant.simulator_config), "--write-history", history, "--days", days)
        return demo

    @property
    def data_dir(self) -> Path:
        """The hub's data directory."""
        return self.hub.folder

    def command(self, *arguments: str) -> str:
        """Run one command of nenghao to its end and give what it printed."""
        return self.hub.python("-m", "nenghao.cli", *arguments)

    def python(self, *arguments: str) -> str:
        """Run Python in the platform's environment and give what it printed."""
        return self.hub.python(*arguments)

    def approve(self, device_id: str) -> None:
        """Approve the edge, as the operator would on the page of devices."""
        self.command("hub", "approve-device", device_id)

    def daily_electricity(self) -> list[dict[str, Any]]:
        """Read the plant's electricity by day back from the store; the hub must have stopped."""
        first, days = self.plant.timeline.first, self.plant.timeline.days
        return json.loads(self.python("-m", "nenghao.cli.demo.platform", "days", first.isoformat(), str(days)))

    def start(self, name: str, *arguments: str) -> Child:
        """Start one command of nenghao as a child."""
        child = Child(name, arguments, log=self.folder / f"{name}.log", environment=self.hub.environment)
        self.children.append(child)
        return child

    def start_hub(self) -> Child:
        """Start the platform and wait until it answers."""
        child = self.hub.start().child
        assert child is not None
        self.children.append(child)
        return child

    def start_edge(self, *extra: str) -> Child:
        """Start the access end; what it does stands in the plant's status file."""
        plant = self.plant
        plant.status_file.unlink(missing_ok=True)
        files = ("--config", str(plant.edge_config), "--status-json", str(plant.status_file))
        return self.start("edge", "edge", *files, *extra)

    def status(self) -> Status:
        """Give what the edge last wrote about itself; empty before it did."""
        try:
            return json.loads(self.plant.status_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}

    def run_history(self, report: Report) -> Status:
        """Let the edge read and upload the whole history; approve it when it has registered. Gives its last state."""
        edge = self.start_edge("--until-idle")
        approved = False
        while edge.running():
            status = self.status()
            if status.get("device_id") and not approved:
                self.approve(status["device_id"])
                approved = True
            report(status)
            time.sleep(0.1)
        if edge.process.returncode:
            edge.require_running()
        self.children.remove(edge)
        edge.stop()
        self.python("-m", "nenghao.cli.demo.platform", "label")
        report(self.status())
        return self.status()

    def start_live(self, rate: float) -> LiveClock:
        """Start the simulated meters and the edge on an accelerated clock that begins where the history ended."""
        clock = LiveClock(self.plant.live_start, datetime.now(BEIJING) + timedelta(seconds=3), rate)
        self.plant.write(clock)
        self.start("simulator", "simulator", "--config", str(self.plant.simulator_config))
        self.start_edge()
        return clock

    def require_running(self) -> None:
        """Raise when one of the processes has stopped by itself."""
        for child in self.children:
            child.require_running()

    def stop(self) -> None:
        """Stop all processes, the last started first."""
        while self.children:
            self.children.pop().stop()


def timeline_until_now(days: int, now: datetime) -> Timeline:
    """Give the history for a demonstration that goes on live today.

    It ends at a midnight at least :data:`LEAST_LEAD` ago.
    """
    last = (now.astimezone(BEIJING) - LEAST_LEAD).date() - timedelta(days=1)
    return Timeline.ending(last, days)


def headless(
    folder: Path, *, days: int, as_recorded: bool, live_s: float, rate: float, profile: str, report: Report
) -> dict[str, Any]:
    """Run the whole path without a browser and read the result back from the hub's store."""
    now = datetime.now(BEIJING)
    timeline = Timeline.as_recorded(days) if as_recorded else timeline_until_now(days, now)
    demo = Demo.prepare(folder, timeline, port=0, profile=profile)
    try:
        demo.start_hub()
        status = demo.run_history(report)
        if live_s:
            demo.start_live(rate)
            deadline = time.monotonic() + live_s
            while time.monotonic() < deadline:
                demo.require_running()
                time.sleep(0.1)
            demo.children[-1].stop()
            status = demo.status()
    finally:
        demo.stop()
    return {
        "enterprise": ENTERPRISE_CODE,
        "readings_uploaded": status["readings_uploaded"],
        "readings_acknowledged": status["readings_acknowledged"],
        "days": demo.daily_electricity(),
    }
