"""One chaos run: plants upload round after round while everything is killed and every link fails; then the proof."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nenghao.cli.chaos import compare
from nenghao.cli.chaos.plants import Plant
from nenghao.cli.chaos.world import AccessEnd, Platform, World
from nenghao.errors import NenghaoError

AT_ONCE = 3
"""Access ends that run at the same time."""
MOST_PLANTS = 500
QUIET_LIMIT_S = 600.0
TICK_S = 0.05
Report = Callable[[World], None]


def run_chaos(folder: Path, *, minutes: float, days: int, seed: int, report: Report) -> dict[str, Any]:
    """Run chaos for ``minutes``, let what is under way come to its end in peace, and compare everything.

    ``days`` of history has each plant. Gives counts, with ``ok`` when nothing was lost, doubled or changed.
    """
    world = World([Platform("province", folder / "province", "province", seed)], random.Random(seed))  # noqa: S311
    try:
        for platform in world.platforms:
            platform.run("nenghao.cli", "hub", "init")
            platform.start()
            platform.wait()
        world.platforms[0].run("nenghao.cli.chaos.platform_side", "seed", str(MOST_PLANTS))
        started = time.monotonic()
        _rage(world, folder, started + 60 * minutes, days, report)
        _come_to_rest(world, report)
    finally:
        world.stop()
    return {"seconds": round(time.monotonic() - started, 1), "seed": seed, **_proof(world)}


def _rage(world: World, folder: Path, until: float, days: int, report: Report) -> None:
    """Keep access ends running until the time is up."""
    while time.monotonic() < until:
        world.tick(quiet=False)
        busy = sum(not end.finished for end in world.ends)
        if busy < AT_ONCE and len(world.ends) < MOST_PLANTS:
            _start_plant(world, folder, days)
        report(world)
        time.sleep(TICK_S)


def _start_plant(world: World, folder: Path, days: int) -> None:
    plant = Plant(len(world.ends), folder / f"plant-{len(world.ends)}", days)
    plant.write(world.platforms[0].proxy.port)
    end = AccessEnd(plant)
    world.ends.append(end)
    end.start()


def _come_to_rest(world: World, report: Report) -> None:
    """End the faults and wait until every access end has finished."""
    world.calm()
    give_up = time.monotonic() + QUIET_LIMIT_S
    while any(not end.finished for end in world.ends):
        world.tick(quiet=True)
        report(world)
        if time.monotonic() > give_up:
            raise NenghaoError(
                "chaos-never-rests", f"恢复后 {QUIET_LIMIT_S:.0f} 秒内仍未传完",
                f"not all was sent within {QUIET_LIMIT_S:.0f} s after the faults ended",
                record=", ".join(end.plant.folder.name for end in world.ends if not end.finished),
            )  # fmt: skip
        time.sleep(TICK_S)


def _proof(world: World) -> dict[str, Any]:
    """Compare ledgers, platforms and histories; everything has stopped."""
    plants = [end.plant for end in world.ends]
    sent, unsettled = compare.acknowledged(plants)
    platforms = {platform.name: _held(platform, plants, sent) for platform in world.platforms}
    wrong = sum(sum(found.values()) for found in platforms.values())
    short = max(0, compare.expected_records(plants) - len(sent))
    faults = {platform.name: dict(sorted(platform.proxy.counts.items())) for platform in world.platforms}
    return {
        "plants": len(plants), "acknowledged": len(sent), "not_acknowledged": unsettled, "never_made": short,
        "platforms": platforms, "done": dict(sorted(world.counts.items())), "links": faults,
        "ok": not (wrong or unsettled or short),
    }  # fmt: skip


def _held(platform: Platform, plants: list[Plant], sent: dict[compare.Key, float]) -> dict[str, int]:
    platform.run("nenghao.cli.chaos.platform_side", "roll-up")
    held = compare.differences(sent, compare.stored(platform.folder))
    return {**held, "days_with_a_wrong_sum": compare.wrong_days(plants, platform.folder)}
