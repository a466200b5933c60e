"""``nenghao chaos``: kill and cut at random for some minutes, and prove that nothing was lost or doubled."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from nenghao.cli.bench_command import JsonOption, publish
from nenghao.cli.chaos.run import run_chaos
from nenghao.cli.chaos.world import World


def command(
    *,
    minutes: Annotated[float, typer.Option(min=0.1, help="时长 [min] / how long")] = 10.0,
    days: Annotated[int, typer.Option(min=1, max=365, help="每家的历史天数 / days of history of each plant")] = 30,
    seed: Annotated[int | None, typer.Option(help="随机种子，用于重现 / seed, to do it again")] = None,
    keep: Annotated[Path | None, typer.Option(help="保留文件的目录（须为空） / keep the files here (empty)")] = None,
    json_file: JsonOption = None,
) -> None:
    """混沌测试 / kill hubs and access ends and break the network at random; prove that nothing is lost or doubled."""
    chosen = random.randrange(1 << 31) if seed is None else seed  # noqa: S311 - faults, not secrets
    with (
        tempfile.TemporaryDirectory(prefix="nenghao-chaos-") as temporary,
        Console(stderr=True).status("…") as status,
    ):
        report = run_chaos(
            keep or Path(temporary), minutes=minutes, days=days, seed=chosen,
            report=lambda world: status.update(_words(world)),
        )  # fmt: skip
    publish(report, json_file)
    if not report["ok"]:
        raise typer.Exit(1)


def _words(world: World) -> str:
    killed = sum(number for what, number in world.counts.items() if what.endswith("killed"))
    faults = sum(number for one in world.platforms for kind, number in one.proxy.counts.items() if kind != "none")
    done = sum(end.finished for end in world.ends)
    return f"企业 plants {done}/{len(world.ends)} · 杀进程 kills {killed} · 网络故障 network faults {faults}"
