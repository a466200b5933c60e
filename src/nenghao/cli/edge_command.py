"""``nenghao edge``: the access end (接入端): run it, look at its state, export its ledger."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="接入端: 采集、台账、上传 / the access end: collect, keep, upload")

Config = Annotated[Path, typer.Option("--config", help="接入端配置文件 / edge configuration (TOML)")]


class Table(StrEnum):
    """What can be exported."""

    intervals = "intervals"
    samples = "samples"


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="接入端配置文件 / edge configuration (TOML)")] = None,
    until_idle: Annotated[
        bool, typer.Option(help="读完历史并全部上传后退出 / read the history, upload all, exit")
    ] = False,
    status_json: Annotated[Path | None, typer.Option(help="状态写入此文件 / keep the state in this file")] = None,
) -> None:
    """运行接入端，直到收到停止信号 / run the access end until it is asked to stop."""
    if context.invoked_subcommand is not None:
        return
    if config is None:
        raise typer.BadParameter("--config 必填 / is required")
    from nenghao.edge import process  # noqa: PLC0415 - only what this command needs is loaded

    process.run(config, until_idle=until_idle, status_json=status_json)


@app.command()
def status(config: Config) -> None:
    """显示台账状态、被拒记录与采集问题 / show the ledger's state, rejected records and problems."""
    from nenghao.drivers.clock import Clock  # noqa: PLC0415
    from nenghao.edge.config import load_config  # noqa: PLC0415
    from nenghao.edge.ledger import Ledger  # noqa: PLC0415
    from nenghao.edge.status import report  # noqa: PLC0415

    plan = load_config(config)
    print(report(plan, Ledger(plan.ledger_path, read_only=True), Clock.of(plan.config.clock).now_ms()))


@app.command()
def recover(
    config: Config,
    start: Annotated[datetime | None, typer.Option("--from", help="起始日期（含） / first day")] = None,
    end: Annotated[datetime | None, typer.Option("--to", help="结束日期（不含） / day after the last")] = None,
    destination: Annotated[str, typer.Option(help="只从此目的地取回 / from this destination only")] = "",
) -> None:
    """台账丢失后从平台取回配置和数据 / get configuration and data back from the platforms after loss of the ledger."""
    from nenghao.edge.config import load_config  # noqa: PLC0415
    from nenghao.edge.ledger import Ledger  # noqa: PLC0415
    from nenghao.edge.recovery import recover_all  # noqa: PLC0415

    plan = load_config(config)
    ledger = Ledger(plan.ledger_path)
    try:
        for found in recover_all(plan, ledger, start=start, end=end, only=destination):
            print(found.text())
    finally:
        ledger.close()


@app.command()
def resend(
    config: Config,
    destination: Annotated[str, typer.Option(help="目的地 / destination")],
    start: Annotated[datetime, typer.Option("--from", help="起始日期（含） / first day")],
    end: Annotated[datetime, typer.Option("--to", help="结束日期（不含） / day after the last")],
) -> None:
    """平台丢失数据后，把台账中的一段时间重新上传 / send a span of the ledger again after a platform lost it."""
    from nenghao.edge.config import load_config  # noqa: PLC0415
    from nenghao.edge.ledger import Ledger  # noqa: PLC0415
    from nenghao.periods import from_wall, to_ms  # noqa: PLC0415

    plan = load_config(config)
    to = plan.destination(destination)
    ledger = Ledger(plan.ledger_path)
    try:
        count = ledger.book(to.id).resend(to_ms(from_wall(start)), to_ms(from_wall(end)))
    finally:
        ledger.close()
    print(f"{count} 个数值将重新上传到 {to.id} / values will be sent to {to.id} again")


@app.command()
def export(
    config: Config,
    start: Annotated[datetime, typer.Option("--from", help="起始日期（含） / first day")],
    end: Annotated[datetime, typer.Option("--to", help="结束日期（不含） / day after the last")],
    out: Annotated[Path, typer.Option(help="CSV 文件 / CSV file")],
    table: Annotated[Table, typer.Option(help="导出内容 / what to export")] = Table.intervals,
) -> None:
    """导出台账为 CSV / export the ledger as CSV."""
    from nenghao.edge.config import load_config  # noqa: PLC0415
    from nenghao.edge.export import export as write  # noqa: PLC0415
    from nenghao.edge.ledger import Ledger  # noqa: PLC0415
    from nenghao.periods import from_wall  # noqa: PLC0415

    plan = load_config(config)
    ledger = Ledger(plan.ledger_path, read_only=True)
    rows = write(plan, ledger, table.value, start=from_wall(start), end=from_wall(end), out=out)
    print(f"{rows} 行 / rows → {out}")
