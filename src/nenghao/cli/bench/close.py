"""The month close: accounts of a province and of a nation, and a year computed again after a factor changed.

Rollup rows are loaded straight into a store by one process; another one, as the hub does it, closes or computes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

PROVINCE = 200
PROVINCE_LIMIT_S, NATION_LIMIT_S, YEAR_LIMIT_S = 10.0, 120.0, 60.0


def run(
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="全国企业数 / enterprises of the nation")] = 30_000,
    items: Annotated[int, typer.Option(min=6, help="每企业数据项 / items of an enterprise")] = 20,
    year_enterprises: Annotated[int, typer.Option(min=4, help="全年重算企业数 / enterprises of the year")] = 2000,
) -> dict[str, Any]:
    """月度封账与核算速度 / the month close and the energy accounts: seconds, rows, peak memory."""
    province = _measured("close", PROVINCE, items, 12)
    nation = _measured("month", enterprises, items, 1)
    year = _measured("year", year_enterprises, items, 12)
    return {
        "ok": province["seconds"] <= PROVINCE_LIMIT_S and nation["seconds"] <= NATION_LIMIT_S
        and year["seconds"] <= YEAR_LIMIT_S and year["others_kept_their_mark"],
        "province_month_close": {"limit_s": PROVINCE_LIMIT_S, **province},
        "nation_month_accounts": {"limit_s": NATION_LIMIT_S, **nation},
        "year_after_a_factor_changed": {"limit_s": YEAR_LIMIT_S, **year},
    }  # fmt: skip


def _measured(name: str, *numbers: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as folder:
        _step("prepare", folder, *numbers)
        return _step(name, folder, *numbers)


def _step(name: str, folder: str, *numbers: int) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 -- our own program, our own arguments
        [sys.executable, "-m", "nenghao.cli.bench.close_store", name, folder, *map(str, numbers)],
        env={**os.environ, "NENGHAO_DATA_DIR": folder, "NENGHAO_DATABASE_URL": ""}, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return json.loads(Path(folder, "report.json").read_text(encoding="utf-8")) if not done.returncode else {}
