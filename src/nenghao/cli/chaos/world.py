"""The processes of a chaos run: platforms behind failing links, access ends, and who is killed when."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from nenghao.cli.chaos.plants import Plant
from nenghao.cli.chaos.proxy import FaultyProxy
from nenghao.cli.demo.children import Child
from nenghao.cli.demo.hub_process import HubProcess

KILL_EVERY_S = (3.0, 10.0)
STAY_DOWN_S = (0.0, 6.0)
CUT_EVERY_S = (20.0, 50.0)
CUT_FOR_S = (3.0, 12.0)
APPROVE_EVERY_S = 1.5


class Platform(HubProcess):
    """One hub as a process, reached through a link that fails; its addresses lead through that link."""

    def __init__(self, name: str, folder: Path, seed: int) -> None:
        super().__init__(folder, name=name, options=())
        self.proxy = FaultyProxy(self.port, seed=seed)
        self.proxy.start()
        self.environment |= {
            "NENGHAO_LEVEL": name, "NENGHAO_LOG_LEVEL": "WARNING", "NENGHAO_REGISTRATIONS_PER_MINUTE": "100000",
            "NENGHAO_BASE_URL": f"http://127.0.0.1:{self.proxy.port}",
        }  # fmt: skip

    def forwarding(self) -> tuple[int, str, int] | None:
        """Give how far it forwarded, the state of the link upward and how many repairs wait; of the only link."""
        query = "SELECT batch_id, state, (SELECT count(*) FROM chain_repair) FROM chain_upstream"  # one platform above
        batch, state, repairs = next(iter(self.ask(query)), (0, "", 0))
        return (batch, state, repairs) if state else None


@dataclass(slots=True)
class AccessEnd:
    """The access end of one plant as a process; it ends by itself when all is acknowledged."""

    plant: Plant
    child: Child | None = None
    finished: bool = False

    @property
    def name(self) -> str:
        """Its name in the counts."""
        return "access end"

    def launch(self) -> Child:
        """Start it, or start it again."""
        files = ("--config", str(self.plant.config), "--status-json", str(self.plant.status_file))
        log = self.plant.folder / "edge.log"
        self.child = Child("edge", ["edge", *files, "--until-idle"], log=log, environment={})
        return self.child

    def look(self) -> None:
        """Note that it has finished; raise when it failed by itself."""
        if self.child is not None and not self.finished and not self.child.running():
            if self.child.process.returncode:
                self.child.require_running()
            self.finished = True


@dataclass(slots=True)
class World:
    """Everything that runs, and the killer."""

    platforms: list[Platform]
    dice: random.Random
    ends: list[AccessEnd] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _down: list[tuple[float, Platform | AccessEnd]] = field(default_factory=list)
    _next_kill: float = 0.0
    _next_cut: float = 0.0
    _next_approval: float = 0.0

    def tick(self, *, quiet: bool) -> None:
        """Do what is due: restart, approve, and unless ``quiet`` kill and cut."""
        now = time.monotonic()
        for end in self.ends:
            if all(end is not victim for _at, victim in self._down):
                end.look()
        for entry in [entry for entry in self._down if entry[0] <= now or quiet]:
            self._down.remove(entry)
            entry[1].launch()
        self._approve(now)
        if not quiet:
            self._kill(now)
            self._cut(now)

    def _approve(self, now: float) -> None:
        """Approve who waits: devices as long as there may be new ones, the platform below once."""
        if now < self._next_approval or all(end.finished for end in self.ends):
            return
        self._next_approval = now + APPROVE_EVERY_S
        for platform, who in zip(self.platforms, ("devices approved", "platforms approved"), strict=False):
            if who == "devices approved" or not self.counts[who]:
                self.counts[who] += platform.approve_waiting()

    def _kill(self, now: float) -> None:
        if now < self._next_kill:
            return
        self._next_kill = now + self.dice.uniform(*KILL_EVERY_S)
        down = [victim for _at, victim in self._down]
        running = [(one, one.child) for one in (*self.platforms, *self.ends) if one not in down and one.child]
        running = [(one, child) for one, child in running if child.running()]
        if not running:
            return
        victim, child = self.dice.choice(running)
        child.kill()
        self.counts[f"{victim.name} killed"] += 1
        self._down.append((now + self.dice.uniform(*STAY_DOWN_S), victim))

    def _cut(self, now: float) -> None:
        if now >= self._next_cut:
            if self._next_cut:
                self.dice.choice(self.platforms).proxy.cut(self.dice.uniform(*CUT_FOR_S))
            self._next_cut = now + self.dice.uniform(*CUT_EVERY_S)

    def calm(self) -> None:
        """End all faults; what is down starts again at the next tick."""
        for platform in self.platforms:
            platform.proxy.calm()

    def stop(self) -> None:
        """Stop all processes and links."""
        for one in (*self.ends, *self.platforms):
            if one.child is not None:
                one.child.stop()
        for platform in self.platforms:
            platform.proxy.stop()
