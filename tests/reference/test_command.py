"""``nenghao reference``: what a person sees."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nenghao.reference.library import DATA


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nenghao.cli", "reference", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_list_shows_every_energy_type_and_marks_the_unverified() -> None:
    found = run("list")
    assert found.returncode == 0
    electricity = next(line for line in found.stdout.splitlines() if "electricity" in line)
    assert "0.1229 kgce/kWh" in electricity
    assert "待核" not in electricity
    assert "待核" in next(line for line in found.stdout.splitlines() if "coal_products" in line)
    assert "自编" in next(line for line in found.stdout.splitlines() if "fresh_water" in line)


def test_show_an_energy_type_prints_every_edition() -> None:
    found = run("show", "fresh_water", "--language", "en")
    for word in ("GB/T 2589-2008", "GB/T 2589-2020", "0.0857", "0.2571", "2021-04-01", "附录B 表B.1", "secondhand"):
        assert word in found.stdout


def test_show_a_table_prints_its_rows() -> None:
    found = run("show", "grid-national")
    assert "0.5306" in found.stdout
    assert "tCO2/MWh" in found.stdout
    assert "待核" in found.stdout


def test_show_an_unknown_key_is_refused_without_traceback() -> None:
    found = run("show", "phlogiston")
    assert found.returncode == 2
    assert "phlogiston" in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(("language", "word"), [("zh", "全部数据通过校验"), ("en", "all data pass")])
def test_check_counts(language: str, word: str) -> None:
    found = run("check", "--language", language)
    assert found.returncode == 0
    assert "3351" in found.stdout
    assert word in found.stdout


def test_check_refuses_spoiled_data(tmp_path: Path) -> None:
    data = Path(shutil.copytree(DATA, tmp_path / "data"))
    table = data / "coal_equivalent" / "gbt2589-2020.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("0.9714", "0.9741"), encoding="utf-8")
    found = run("check", "--data", str(data))
    assert found.returncode == 2
    assert "记录 gbt2589-2020.csv:7" in found.stderr
    assert "record gbt2589-2020.csv:7" in found.stderr
    assert "Traceback" not in found.stderr
