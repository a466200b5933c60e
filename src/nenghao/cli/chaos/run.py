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
STILL_S = 6.0
"""So long nothing may move upward before it counts as complete."""
TICK_S = 0.05
Report = Callable[[World], None]


def run_chaos(folder: Path, *, minutes: float, days: int, seed: int, report: Report) -> dict[str, Any]:
    """Run chaos for ``minutes``, let what is under way come to its end in peace, and compare everything.

    ``days`` of history has each plant. Gives counts, with ``ok`` when nothing was lost, doubled or changed.
    """
    province = Platform("province", folder / "province", seed)
    nation = Platform("nation", folder / "nation", seed + 1)
    world = World([province, nation], random.Random(seed))  # noqa: S311 - who is killed when, not a secret
    try:
        _found(province, nation)
        started = time.monotonic()
        _rage(world, folder, started + 60 * minutes, days, report)
        _come_to_rest(world, report)
    finally:
        world.stop()
    return {"seconds": round(time.monotonic() - started, 1), "seed": seed, **_proof(world)}


def _found(province: Platform, nation: Platform) -> None:
    """Set both platforms up: the enterprises are known to the province alone, which forwards everything upward."""
    for platform in (nation, province):
        platform.command("init")
    province.python("-m", "nenghao.cli.chaos.platform_side", "seed", str(MOST_PLANTS))
    above = f"http://127.0.0.1:{nation.proxy.port}/nhjc/registerPlatform"
    everything = ("--stat-types", "0123", "--batch-records", "500")
    province.command("add-upstream", "nation", above, "--region", "370000", *everything)
    for platform in (nation, province):
        platform.start()


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
    end.launch()


def _come_to_rest(world: World, report: Report) -> None:
    """End the faults and wait until every access end has finished and the province has nothing left to forward."""
    world.calm()
    give_up, still_since, before = time.monotonic() + QUIET_LIMIT_S, time.monotonic(), None
    while time.monotonic() < still_since + STILL_S:
        world.tick(quiet=True)
        report(world)
        now = world.platforms[0].forwarding()
        if any(not end.finished for end in world.ends) or now != before or not now or now[1:] != ("connected", 0):
            still_since, before = time.monotonic(), now
        if time.monotonic() > give_up:
            raise NenghaoError(
                "chaos-never-rests", f"恢复后 {QUIET_LIMIT_S:.0f} 秒内仍未传完",
                f"not all was sent within {QUIET_LIMIT_S:.0f} s after the faults ended",
                record=", ".join([str(now), *(end.plant.folder.name for end in world.ends if not end.finished)]),
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
    platform.python("-m", "nenghao.cli.chaos.platform_side", "roll-up")
    held = compare.differences(sent, compare.stored(platform.folder))
    return {**held, "days_with_a_wrong_sum": compare.wrong_days(plants, platform.folder)}
