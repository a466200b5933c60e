"""Stored samples become stored consumption: against the simulated truth, and durable."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from nenghao.cli.bench import intervals as bench
from nenghao.cli.bench.interval_data import MODULUS, START, simulate, write
from nenghao.periods import to_ms
from nenghao.readings.sample_store import compute_stored, open_samples

METERS, DAYS, SEED = 620, 2, 7


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("samples") / "samples.duckdb"
    write(path, METERS, DAYS, SEED)
    with open_samples(path) as connection:
        compute_stored(connection, to_ms(START), to_ms(START + timedelta(days=DAYS)))
    return path


def query(path: Path, text: str) -> list[tuple]:
    with open_samples(path) as connection:
        return connection.execute(text).fetchall()


def test_every_meter_keeps_its_energy_through_all_faults(stored: Path) -> None:
    plant = simulate(METERS, DAYS, SEED)
    truth = plant.register[:, -1] - plant.register[:, 0]
    for meter, _at, final, initial in plant.replaced:
        truth[meter] += final - initial
    truth[truth < 0] += MODULUS
    found = query(stored, "SELECT meter_id, sum(quantity), count(*) FROM interval_meter GROUP BY 1 ORDER BY 1")
    assert [row[2] for row in found] == [24 * DAYS] * METERS
    assert np.allclose([row[1] for row in found], truth, rtol=1e-9, atol=1e-6)


def test_enterprises_and_days_add_up(stored: Path) -> None:
    (meters,), (enterprises,), (days,) = (
        query(stored, f"SELECT sum(quantity) FROM {table}")[0]
        for table in ("interval_meter", "interval_enterprise", "consumption_day")
    )
    assert np.isclose(meters, enterprises) and np.isclose(meters, days)
    rows = query(
        stored, "SELECT energy_key, quantity, tce, factor_id FROM consumption_day WHERE energy_key = 'electricity'"
    )
    assert all(np.isclose(tce, quantity * 0.1229 / 1000) for _key, quantity, tce, _factor in rows)
    assert {row[3] for row in rows} == {"gbt2589-2020/电力"}
    ratios = query(stored, "SELECT measured_ratio + estimated_ratio + missing_ratio FROM interval_enterprise")
    assert all(np.isclose(ratio, 1) for (ratio,) in ratios)


def test_measurement_reports_what_it_stored() -> None:
    report = bench.run(meters=100, days=1)
    assert report["hours_stored"] == 2400
    assert report["samples"] == 9700 - 7 and report["seconds"] > 0 and report["peak_mb"] > 0
