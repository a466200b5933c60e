"""One process that fuzzes: a hub of its own in it, told by lines of JSON what to run, telling by lines what it found.

``python -m tests.fuzz.worker make`` makes the world in the empty folder ``NENGHAO_DATA_DIR``; ``… run`` takes
``{"target", "examples", "seed"}`` lines, answers each with ``{"outcome"}``, and the end of its input with ``{"end"}``;
``… repeat`` sends one request that a report shows.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import json
import os
import resource
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from .books import Uploads
from .caller import Application, Caller
from .driver import Outcome, Target, run_target
from .open_api import OpenApi
from .pages import Pages
from .wire_a import DialectA
from .wire_b import DialectB
from .world import foreign, make

THREADS = 64


class Engine:
    """All targets of a world, and what is always compared; ``threads`` 0 sends one after the other."""

    def __init__(self, application: Application, world: dict[str, Any], *, threads: int) -> None:
        self.caller = Caller(application, world)
        self.uploads = Uploads()
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="gateway") if threads else None
        self.before = world["before"]
        kinds = (DialectA(self.caller, self.uploads), DialectB(self.caller, self.uploads))
        found: list[Target] = [target for kind in kinds for target in kind.targets()]
        found += [*OpenApi(self.caller).targets(), *Pages(self.caller).targets()]
        self.targets = {target.name: target for target in found}
        self.current: Outcome | None = None

    def run(self, name: str, examples: int, number: int) -> Outcome:
        """Run one target."""
        self.uploads.start()
        self.current = Outcome(name)
        run_target(
            self.targets[name], self.current, examples=examples, number=number, pool=self.pool, always=self.changed,
            request=self.caller.last,
        )  # fmt: skip
        return self.current

    def changed(self) -> Sequence[str]:
        """Give what of the other province is not as it was."""
        now = foreign()
        wrong = [f"foreign {name} changed" for name, digest in now.items() if digest != self.before[name]]
        self.before = now  # told once
        return wrong


def make_world() -> dict[str, Any]:
    """Fill a hub that has only codes; give the world with the digest of what must not change."""
    world = make()
    return world | {"before": foreign()}


def _setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()


def _make(path: Path) -> None:
    from django.core.management import call_command

    from nenghao.hub.store import close_store

    _setup()
    from nenghao.hub.registry.codes import seed_codes

    call_command("migrate", verbosity=0, interactive=False)
    seed_codes()
    path.write_text(json.dumps(make_world()))
    close_store()


def _run(world: dict[str, Any], lines: Iterable[str], out: TextIO) -> None:
    from nenghao.hub.wsgi import application

    def tell(**what: Any) -> None:
        out.write(json.dumps(what) + "\n")
        out.flush()

    def hangs(what: str, request: dict[str, Any]) -> None:
        outcome = engine.current or Outcome("?")
        outcome.fault(what, request)
        tell(outcome=outcome.plain(), last=True)

    gc.set_threshold(50_000)  # a call makes thousands of objects that go by themselves
    _lift_limits()
    engine = Engine(application, world, threads=THREADS)
    engine.caller.watch(hangs)
    tell(targets=list(engine.targets), memory_mb=memory_mb())
    for line in lines:
        asked = json.loads(line)
        tell(outcome=engine.run(asked["target"], asked["examples"], asked["seed"]).plain())
    tell(end=_settle(engine), memory_mb=memory_mb())


def _settle(engine: Engine) -> list[str]:
    """Close the store and open its file: all that was ever acknowledged is in it."""
    import duckdb
    from django.conf import settings

    from nenghao.hub.store import close_store

    close_store()
    with duckdb.connect(str(settings.NENGHAO_DATA_DIR / "readings.duckdb"), read_only=True) as store:
        (held,) = store.execute(
            """SELECT count(*) FROM reading JOIN batch ON batch.id = batch_id
            WHERE device_id IS NOT NULL OR platform_id IS NOT NULL"""
        ).fetchone() or (0,)
    if held != engine.uploads.total:
        return [f"{engine.uploads.total} records acknowledged in all, {held} in the closed store"]
    return []


def _lift_limits() -> None:
    """Let wrong PINs and forms pass that the environment has no limit for: limits have their own tests."""
    from nenghao.hub.yunnan import identity

    for patience in (identity.per_address, identity.per_enterprise, identity.applications):
        patience.limit = 10**9


def memory_mb() -> int:
    """Give the most memory that this process has held [MB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


def main() -> None:
    """Do as told by the first argument."""
    faulthandler.enable()
    world_file = Path(os.environ["NENGHAO_DATA_DIR"]) / "world.json"
    word, *more = sys.argv[1:]
    if word == "make":
        _make(world_file)
        return
    world = json.loads(world_file.read_text())
    out = os.fdopen(os.dup(1), "w")
    with contextlib.redirect_stdout(sys.stderr):  # what anything else prints is not ours
        if word == "run":
            _run(world, sys.stdin, out)
        else:
            _repeat(world, json.loads(more[0]), out)


def _repeat(world: dict[str, Any], request: dict[str, Any], out: TextIO) -> None:
    from nenghao.hub.store import close_store
    from nenghao.hub.wsgi import application

    answer = Caller(application, world).repeat(request)
    out.write(f"{answer.status}\n{answer.content.decode('utf-8', 'replace')}\n")
    out.flush()
    close_store()


if __name__ == "__main__":
    main()
