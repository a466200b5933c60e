"""``nenghao simulator``: a Modbus TCP meter simulator (模拟表计)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    config: Annotated[Path, typer.Option(help="模拟器配置文件 / simulator configuration (TOML)")],
    write_history: Annotated[
        Path | None, typer.Option(help="只把各表前若干天写成 CSV 到此目录 / only write the past as CSV files here")
    ] = None,
    days: Annotated[int, typer.Option(help="写多少天 / how many days to write")] = 30,
) -> None:
    """模拟表计: 按负荷曲线回放 / replay load curves as Modbus TCP meters."""
    from nenghao.drivers import simulator_process  # noqa: PLC0415 - pymodbus only when it is used

    if write_history is not None:
        simulator_process.write_history(config, write_history, days)
    else:
        simulator_process.serve(config)
