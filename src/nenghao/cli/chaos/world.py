"""The processes of a chaos run: platforms behind failing links, access ends, and who is killed when."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from nenghao.cli.chaos.plants import Plant
from nenghao.cli.chaos.proxy import FaultyProxy
from nenghao.cli.demo.children import Child, wait_for_url
from nenghao.cli.demo.run import free_port
from nenghao.errors import NenghaoError

KILL_EVERY_S = (3.0, 10.0)
STAY_DOWN_S = (0.0, 6.0)
CUT_EVERY_S = (20.0, 50.0)
CUT_FOR_S = (3.0, 12.0)
APPROVE_EVERY_S = 1.5


@dataclass(slots=True)
class Platform:
    """One hub as a process, reached through a link that fails."""

    name: str
    folder: Path
    level: str
    seed: int
    port: int = 0
    process: Child | None = None
    proxy: FaultyProxy = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True)
        self.port = free_port()
        self.proxy = FaultyProxy(self.port, seed=self.seed)
        self.proxy.start()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its processes; its addresses lead through the failing link."""
        return {
            "NENGHAO_DATA_DIR": str(self.folder), "NENGHAO_DATABASE_URL": "", "NENGHAO_LEVEL": self.level,
            "NENGHAO_LOG_LEVEL": "WARNING", "DJANGO_SETTINGS_MODULE": "nenghao.hub.settings",
            "NENGHAO_BASE_URL": f"http://127.0.0.1:{self.proxy.port}", "NENGHAO_REGISTRATIONS_PER_MINUTE": "100000",
        }  # fmt: skip

    def run(self, *arguments: str) -> str:
        """Run Python in its environment to the end and give what it printed; raise with what it said."""
        done = subprocess.run(  # noqa: S603 - our own program, our own arguments
            [sys.executable, "-m", *arguments], env={**os.environ, **self.environment}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise NenghaoError("chaos-step", f"步骤失败: {' '.join(arguments)}", "a step failed", record=said)
        return done.stdout

    def start(self) -> Child:
        """Start serving; it need not be ready when this returns."""
        log = self.folder / "hub.log"
        self.process = Child(
            self.name, ["hub", "serve", "--port", str(self.port)], log=log, environment=self.environment
        )
        return self.process

    def forwarding(self) -> tuple[int, str, int] | None:
        """Give how far it forwarded, the state of the link upward and how many repairs wait; of the only link."""
        query = "SELECT batch_id, state, (SELECT count(*) FROM chain_repair) FROM chain_upstream"  # one platform above
        with contextlib.closing(sqlite3.connect(f"file:{self.folder / 'hub.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(query).fetchone()

    def wait(self) -> None:
        """Wait until it answers."""
        assert self.process is not None
        wait_for_url(f"http://127.0.0.1:{self.port}/health", self.process)


@dataclass(slots=True)
class AccessEnd:
    """The access end of one plant as a process; it ends by itself when all is acknowledged."""

    plant: Plant
    process: Child | None = None
    finished: bool = False

    @property
    def name(self) -> str:
        """Its name in the counts."""
        return "access end"

    def start(self) -> Child:
        """Start it, or start it again."""
        files = ("--config", str(self.plant.config), "--status-json", str(self.plant.status_file))
        log = self.plant.folder / "edge.log"
        self.process = Child("edge", ["edge", *files, "--until-idle"], log=log, environment={})
        return self.process

    def look(self) -> None:
        """Note that it has finished; raise when it failed by itself."""
        if self.process is not None and not self.finished and not self.process.running():
            if self.process.process.returncode:
                self.process.require_running()
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
            entry[1].start()
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
                self.counts[who] += int(platform.run("nenghao.cli.chaos.platform_side", "approve"))

    def _kill(self, now: float) -> None:
        if now < self._next_kill:
            return
        self._next_kill = now + self.dice.uniform(*KILL_EVERY_S)
        down = [victim for _at, victim in self._down]
        running = [one for one in (*self.platforms, *self.ends) if one not in down and one.process is not None]
        running = [one for one in running if one.process is not None and one.process.running()]
        if not running:
            return
        victim = self.dice.choice(running)
        assert victim.process is not None
        victim.process.kill()
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
            if one.process is not None:
                one.process.stop()
        for platform in self.platforms:
            platform.proxy.stop()
