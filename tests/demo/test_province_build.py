"""A small province built into a hub's folder by the real program, and read back."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from nenghao.cli.bench.faults import judge
from nenghao.cli.demo.province import run
from nenghao.cli.demo.province.truth import read_truth
from nenghao.periods import BEIJING
from nenghao.supervision import Piece, category_of, judge_equipment

pytestmark = pytest.mark.xdist_group("province")  # built once
NOW = datetime(2026, 11, 21, 14, tzinfo=BEIJING)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("province") / "demo"
    return folder, run.build(folder, enterprises=4, seed=7, now=NOW, last="2026-11-20", days=24)


def test_what_was_made_is_in_the_store(built: tuple[Path, dict]) -> None:
    folder, made = built
    with duckdb.connect(str(run.data_dir(folder) / "readings.duckdb"), read_only=True) as store:
        rows = store.execute(
            "SELECT count(*) FROM reading WHERE batch_id IN (SELECT id FROM batch WHERE source = 'upload')"
        )
        assert rows.fetchall() == [(made["readings"],)]
        assert store.execute("SELECT count(*) FROM dirty_cell").fetchall() == [(0,)]
        days = store.execute("SELECT count(DISTINCT period_start) FROM rollup_enterprise WHERE period_kind = 'day'")
        assert days.fetchall() == [(24,)]
        assert store.execute("SELECT count(*) > 0 FROM quality_finding").fetchall() == [(True,)]


def test_everything_in_the_hub_says_that_it_is_simulated(built: tuple[Path, dict]) -> None:
    folder, made = built
    found = next(run.data_dir(folder).glob("*.sqlite3"))
    with sqlite3.connect(found) as hub:
        assert hub.execute("SELECT count(*), min(is_simulated) FROM registry_enterprise").fetchone() == (4, 1)
        assert hub.execute("SELECT count(*), min(is_simulated) FROM registry_dataitem").fetchone() == (
            made["data_items"],
            1,
        )
        titles = hub.execute(
            "SELECT DISTINCT title FROM targets_assessmentround AS round"
            " JOIN targets_assessment AS one ON one.round_id = round.id WHERE one.region_id IS NOT NULL"
        )
        assert titles.fetchall() == [("2025 年度设区的市考核（模拟）",)]
        assert hub.execute(
            "SELECT count(*) FROM targets_assessment WHERE region_id IS NOT NULL AND state = 'submitted'"
        ).fetchone() == (1,)
    assert run.environment(folder)["NENGHAO_ENVIRONMENT"] == "demo"
    assert made["synthetic"] is True
    assert "合成" in run.welcome("http://x", folder, made)
    assert all(
        name in run.welcome("http://x", folder, made) for name in ("province", "province2", "manager", "operator")
    )


def test_some_equipment_is_outdated_some_possibly_and_most_is_not(built: tuple[Path, dict]) -> None:
    folder, _made = built
    with sqlite3.connect(next(run.data_dir(folder).glob("*.sqlite3"))) as hub:
        rows = hub.execute("SELECT name, model, commissioned_on FROM registry_equipment").fetchall()
    judged = Counter(
        judge_equipment(Piece(model, category_of(name), service_year=int(since[:4]))).certainty
        for name, model, since in rows
    )
    assert judged["none"] > judged["certain"] + judged["possible"]
    assert min(judged["certain"], judged["possible"]) > 0


def test_truth_and_findings_are_held_together(built: tuple[Path, dict]) -> None:
    folder, made = built
    facts, faults = read_truth(run.data_dir(folder))
    assert (facts["enterprises"], len(faults)) == (4, made["faults"])
    report = json.loads(json.dumps(judge(folder)))
    assert sum(row["faults"] for row in report["kinds"].values()) == len(faults)
    assert report["kinds"]["negative-day"]["recall"] == 1  # needs no history
