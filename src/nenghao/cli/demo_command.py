"""``nenghao demo``: a real plant's electricity from its meters to the province's page, on this machine.

``--province`` shows a synthetic province of 200 enterprises instead.
"""

from __future__ import annotations

import contextlib
import json
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nenghao.cli.demo.run import Demo, Report


def command(
    *,
    headless: Annotated[bool, typer.Option(help="不起网页，跑完即止 / no browser: run the path once and end")] = False,
    as_recorded: Annotated[bool, typer.Option(help="保留 2018 年日期 / keep the dates of 2018")] = False,
    days: Annotated[int, typer.Option(min=1, max=365, help="历史天数 / days of history")] = 60,
    json_file: Annotated[Path | None, typer.Option("--json", help="把结果写入文件 / write the result here")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="数据目录，启动时清空 / folder, emptied at start")] = None,
    port: Annotated[int, typer.Option(help="网页端口，0 为任选 / port of the pages, 0 for any")] = 8000,
    rate: Annotated[float, typer.Option(min=1, help="现场时间倍率 / live time runs this much faster")] = 60.0,
    live: Annotated[float, typer.Option(min=0, help="无网页时现场段秒数 / seconds of live meters when headless")] = 0.0,
    profile: Annotated[str, typer.Option(help="省份规约 / province profile of the wire")] = "national",
    province: Annotated[bool, typer.Option(help="合成省: 约 200 家虚构企业 / a synthetic province instead")] = False,
    enterprises: Annotated[int, typer.Option(min=1, max=2000, help="合成省企业数 / enterprises of it")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="合成省随机种子 / seed of it")] = 2026,
) -> None:
    """演示: 真实钢铁厂的电量从表计到省级平台 / a real steel plant's electricity, from meters to the province's page."""
    from nenghao.cli.demo import run  # noqa: PLC0415 - its parts are slow to load

    if province:
        _province(data_dir, enterprises=enterprises, seed=seed, port=port, json_file=json_file, headless=headless)
        return
    if not headless:
        folder = (data_dir or Path("demo-data")).resolve()
        _interactive(folder, days=days, as_recorded=as_recorded, port=port, rate=rate, profile=profile)
        return
    with _folder(data_dir) as folder, progress() as report:
        result = run.headless(
            folder, days=days, as_recorded=as_recorded, live_s=live, rate=rate, profile=profile, report=report
        )
    _publish(result, json_file)


def _publish(result: dict[str, Any], json_file: Path | None) -> None:
    text = json.dumps(result, ensure_ascii=False, indent=1)
    if json_file is None:
        print(text)
    else:
        json_file.write_text(text + "\n", encoding="utf-8")


def _province(
    data_dir: Path | None, *, enterprises: int, seed: int, port: int, json_file: Path | None, headless: bool
) -> None:
    """Build the synthetic province; serve it until Ctrl-C unless headless."""
    from nenghao.cli.demo.province import run as synthetic  # noqa: PLC0415
    from nenghao.periods import BEIJING  # noqa: PLC0415

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with _folder(data_dir if headless else data_dir or Path("demo-data")) as folder:
        made = synthetic.build(folder, enterprises=enterprises, seed=seed, now=datetime.now(BEIJING))
        if headless or json_file is not None:
            _publish(made, json_file)
        if not headless:
            _serve_province(folder, port, made)


def _serve_province(folder: Path, port: int, made: dict[str, Any]) -> None:
    from nenghao.cli.demo.province import run as synthetic  # noqa: PLC0415

    served = synthetic.serve(folder, port)
    with _until_interrupted(served.stop):
        print(synthetic.welcome(served.url, folder, made), flush=True)
        while True:
            served.require_running()
            time.sleep(0.2)


@contextlib.contextmanager
def _until_interrupted(stop: Callable[[], None]) -> Iterator[None]:
    """Go on until Ctrl-C, then stop everything, whatever has happened inside."""
    try:
        yield
    except KeyboardInterrupt:
        print("正在停止 … stopping …", flush=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave a process behind
        stop()


@contextlib.contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen is not None:
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="nenghao-demo-") as temporary:
        yield Path(temporary)


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """Show two bars on standard error, history read and readings acknowledged; gives the function that feeds them."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        rows = bars.add_task("读取历史 rows of history read", total=None)
        sent = bars.add_task("平台已确认 readings acknowledged", total=None)

        def report(status: dict[str, Any]) -> None:
            if not status:
                return
            bars.update(rows, completed=status["history_rows_read"], total=status["history_rows_total"] or None)
            acknowledged = status["readings_acknowledged"]
            bars.update(sent, completed=acknowledged, total=acknowledged + status["pending"])

        yield report


def _interactive(folder: Path, *, days: int, as_recorded: bool, port: int, rate: float, profile: str) -> None:
    """Serve the pages and go on live until Ctrl-C."""
    from nenghao.cli.demo import run  # noqa: PLC0415
    from nenghao.cli.demo.timeline import Timeline  # noqa: PLC0415
    from nenghao.periods import BEIJING  # noqa: PLC0415

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    print("准备平台 … preparing the platform …", flush=True)
    timeline = Timeline.as_recorded(days) if as_recorded else run.timeline_until_now(days, datetime.now(BEIJING))
    demo = run.Demo.prepare(folder, timeline, port=port, profile=profile)
    with _until_interrupted(demo.stop):
        demo.start_hub()
        with progress() as report:
            demo.run_history(report)
        demo.start_live(rate)
        print(welcome(demo, rate), flush=True)
        while True:
            demo.require_running()
            time.sleep(0.2)


def welcome(demo: Demo, rate: float) -> str:
    """Say where the pages are, who may sign in, and what is real."""
    from nenghao.cli.demo.platform import ACCOUNTS, PASSWORD  # noqa: PLC0415

    accounts = "\n".join(f"    {account.username:<10} {account.about}" for account in ACCOUNTS)
    start = f"{demo.plant.live_start:%Y-%m-%d %H:%M}"
    return f"""
打开 open      {demo.plant.hub_url}
账号 accounts  (密码 password: {PASSWORD})
{accounts}

电量为实测（钢铁厂，2018，CC BY 4.0），天然气、热力、新水为模拟；
现场表计自 {start} 起以 {rate:g} 倍速经 Modbus 采集，直至追上现在。
Electricity is measured (steel plant, 2018, CC BY 4.0); gas, heat and water are simulated.
Live meters run {rate:g} times as fast over Modbus, from {start} until they reach the present.
数据与日志 data and logs  {demo.folder}
按 Ctrl-C 停止 / press Ctrl-C to stop
"""
