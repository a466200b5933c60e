"""Runs ``nenghao demo --province``: a folder, the province built into it, and the real hub serving it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from nenghao.cli.demo import platform
from nenghao.cli.demo.hub_process import HubProcess
from nenghao.errors import NenghaoError


def data_dir(folder: Path) -> Path:
    """Give the hub's data directory in a folder of a demonstration."""
    return folder / "hub"


def environment(folder: Path) -> dict[str, str]:
    """Give the environment of a demonstration's hub; it says that it is one."""
    return platform.environment(data_dir(folder), "national")


def build(folder: Path, *, enterprises: int, seed: int, now: datetime, **more: Any) -> dict[str, Any]:
    """Empty the folder and build the province into it, in a process of its own; give counts and seconds.

    ``more``: ``last`` (ISO day), ``days`` and ``plain`` (see :func:`build.build`), for tests and measurements.
    """
    platform.fresh_folder(folder)
    asked = json.dumps({"enterprises": enterprises, "seed": seed, "now": now.isoformat(), **more})
    done = subprocess.run(  # noqa: S603 - our own program, our own arguments
        [sys.executable, "-m", "nenghao.cli.demo.province.build", asked], env={**os.environ, **environment(folder)},
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise NenghaoError("demo-step", "合成省未能生成，见上方输出", "the province was not built; see above")
    return json.loads(done.stdout)


def ask(folder: Path, module: str) -> Any:
    """Run ``module`` of this package in the environment of a built province; give the JSON that it prints."""
    done = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", f"nenghao.cli.demo.province.{module}"], stdout=subprocess.PIPE, text=True, check=True,
        env={**os.environ, **environment(folder)},
    )  # fmt: skip
    return json.loads(done.stdout)


def serve(folder: Path, port: int = 0) -> HubProcess:
    """Start the hub, on a free port unless one is named, and wait until it answers."""
    return HubProcess(data_dir(folder), port=port, environment=environment(folder), options=()).start()


def welcome(url: str, folder: Path, made: dict[str, Any]) -> str:
    """Say where the pages are, who may sign in, and that nothing of it is real."""
    accounts = "\n".join(f"    {name:<10} {about}" for name, about in made["accounts"].items())
    return f"""
打开 open      {url}
账号 accounts  (密码 password: {platform.PASSWORD})
{accounts}

合成省：{made["enterprises"]} 家虚构企业、{made["data_items"]} 个采集数据项、{made["readings"]} 条读数
（{made["first_day"]} 至 {made["last_day"]}，种子 {made["seed"]}）。全部为合成数据，不对应任何真实企业。
A synthetic province: every enterprise, figure and fault is invented; {made["faults"]} faults are listed in
{data_dir(folder) / "truth.json"}
按 Ctrl-C 停止 / press Ctrl-C to stop
"""
