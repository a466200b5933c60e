"""``nenghao intervals CASE_DIR``: consumption per period of one meter, from its register samples."""

from __future__ import annotations

import csv
import json
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from nenghao.cli.interval_case import load_meter, load_samples
from nenghao.intervals import IntervalResult, State, compute_intervals
from nenghao.periods import PeriodKind, from_ms


class KindOption(Enum):
    """The lengths of period that can be asked for."""

    QUARTER_HOUR = "15min"
    HOUR = "hour"
    DAY = "day"


def command(
    case_dir: Annotated[Path, typer.Argument(help="meter.toml, samples.csv")],
    period: Annotated[KindOption, typer.Option(help="统计周期 / length of period")] = KindOption.HOUR,
    findings: Annotated[bool, typer.Option("--findings", help="在标准错误输出问题 / findings on stderr")] = False,
) -> None:
    """表底采样 → 区间能耗 / register samples to consumption: CSV period_start,value,state."""
    meter, samples = load_meter(case_dir, _warn), load_samples(case_dir, _warn)
    result = compute_intervals(meter, samples, PeriodKind(period.value))
    _print_rows(result)
    for finding in result.findings if findings else ():
        evidence = json.dumps(dict(finding.evidence), ensure_ascii=False)
        print(
            f"{finding.severity.name} {finding.code} {finding.message_zh} / {finding.message_en} {evidence}",
            file=sys.stderr,
        )


def _print_rows(result: IntervalResult) -> None:
    """Print the rows; nine decimals are far below any register's resolution, and hide the noise of binary numbers."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["period_start", "value", "state"])
    for start, value, state in zip(result.period_start_ms, result.value, result.state, strict=True):
        missing = state == State.MISSING
        out.writerow(
            [from_ms(int(start)).isoformat(), "" if missing else round(float(value), 9), State(state).name.lower()]
        )


def _warn(zh: str, en: str) -> None:
    print(f"{zh}\n{en}", file=sys.stderr)
