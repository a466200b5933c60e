"""Every case folder, given and our own, holds to its hand-computed truth."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from nenghao.cli import intervals_command

HERE = Path(__file__).parent
CASES = sorted(p.parent for p in (HERE / "cases").glob("*/expected.csv"))


def _checker():
    spec = importlib.util.spec_from_file_location("check_intervals", HERE / "check_intervals.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECK = _checker()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_holds(case: Path, capsys: pytest.CaptureFixture[str]) -> None:
    intervals_command.command(case)
    assert CHECK.verdict(case, capsys.readouterr().out) == ""


def test_command_line_runs_a_case() -> None:
    command = [sys.executable, "-m", "nenghao.cli", "intervals", "{case}", "--period", "hour", "--findings"]
    assert CHECK.check(HERE / "cases" / "steel-combined", command) == ""


def test_bad_meter_is_told_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "meter.toml").write_text('[meter]\nid = "M1"\nenergy = "electricity"\nunit = "kWh"\n', encoding="utf-8")
    command = [sys.executable, "-m", "nenghao.cli", "intervals", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "interval_s" in done.stderr
    assert "须为数字" in done.stderr and "must be a number" in done.stderr
    assert "Traceback" not in done.stderr
