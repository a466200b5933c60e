"""Three hours of one meter in a hundred come after their day was computed: how long until all is right again.

``readings``: interval readings that reach the hub late, until they are durable, rolled up and checked. ``registers``:
late register samples, until the hours and totals they change are stored anew.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from nenghao.cli.bench.late_readings import readings
from nenghao.cli.bench.late_registers import registers


def run(
    *, meters: Annotated[int, typer.Option(min=1000, help="计量点数 / meters")] = 100_000
) -> dict[str, Any]:  # fmt: skip
    """补传数据修复速度 / repair of three late hours of one meter in a hundred, readings and registers."""
    return {"readings": readings(meters), "registers": registers(meters)}
