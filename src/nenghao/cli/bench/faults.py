"""The checks against a synthetic province whose faults are known: recall by kind of fault, precision by check.

The province is built into a temporary folder with all its data and checked as the nightly run checks it; what counts as
found and as a false alarm is said in :mod:`nenghao.cli.demo.province.matching`.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from nenghao.cli.demo.province import run as synthetic
from nenghao.cli.demo.province.generate import ENTERPRISES, SEED
from nenghao.periods import BEIJING

LAST, NOW = "2026-11-20", datetime(2026, 11, 21, 14, tzinfo=BEIJING)
"""The measured province ends on a fixed day, so that two runs say the same."""


def run(
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="企业数 / enterprises")] = ENTERPRISES,
    seed: Annotated[int, typer.Option(min=0, help="随机种子 / seed")] = SEED,
    data_dir: Annotated[Path | None, typer.Option(help="保留数据的目录 / keep the data in this folder")] = None,
) -> dict[str, Any]:
    """注入故障的查全率与查准率 / recall and precision on a synthetic province with known faults."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as temporary:
        folder = data_dir or Path(temporary) / "province"
        built = synthetic.build(folder, enterprises=enterprises, seed=seed, now=NOW, last=LAST, plain=True)
        judged = judge(folder)
    report = {**judged, "load_s": built["total_s"], "checks_s": built["seconds"]["checks"]}
    for line in table(report):
        print(line, file=sys.stderr)
    return report


def judge(folder: Path) -> dict[str, Any]:
    """Judge the findings of a built province, in its environment."""
    return synthetic.ask(folder, "judged")


def table(report: dict[str, Any]) -> list[str]:
    """Give the two tables as Markdown lines."""
    lines = ["| kind of fault | check | faults | found | recall |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {kind} | {row['check']} | {row['faults']} | {row['found']} | {row['recall']:.3f} |"
        for kind, row in report["kinds"].items()
    ]
    lines += ["", "| check | findings | explained | precision |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {code} | {row['findings']} | {row['explained']} | {row['precision']:.3f} |"
        for code, row in report["checks"].items()
    ]
    return lines
