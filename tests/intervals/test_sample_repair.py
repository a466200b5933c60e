"""Late samples change exactly what computing everything anew would change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.cli.bench.interval_data import QUARTER_MS, START, write
from nenghao.errors import NenghaoError
from nenghao.periods import to_ms
from nenghao.readings.sample_repair import store_late
from nenghao.readings.sample_store import compute_stored, open_samples

METERS, DAYS, SEED = 120, 3, 11
SPAN = to_ms(START), to_ms(START + timedelta(days=DAYS))
TABLES = ("interval_meter", "interval_enterprise", "consumption_day")
LATE = {"meter_id": np.int32, "ts_ms": np.int64, "register": np.float64, "received_at_ms": np.int64}


def tables(connection) -> dict[str, list[tuple]]:
    return {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}


def same(one: list[tuple], other: list[tuple]) -> bool:
    """Equal rows; sums may differ in the last bits, for they are added in another order."""
    return len(one) == len(other) and all(
        len(a) == len(b)
        and all(x == y or (isinstance(x, float) and np.isclose(x, y, rtol=1e-12)) for x, y in zip(a, b, strict=True))
        for a, b in zip(one, other, strict=True)
    )


def hold_back(connection, where: str) -> dict[str, np.ndarray]:
    """Take samples out of the store, as if they had not arrived yet."""
    rows = connection.execute(f"SELECT * FROM sample WHERE {where}").fetchnumpy()
    connection.execute(f"DELETE FROM sample WHERE {where}")
    return {name: np.asarray(rows[name], dtype=kind) for name, kind in LATE.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("late") / "whole.duckdb"
    write(path, METERS, DAYS, SEED)
    with open_samples(path) as connection:
        compute_stored(connection, *SPAN)
    return path


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(
        st.tuples(st.integers(0, METERS - 1), st.integers(0, 96 * DAYS), st.integers(1, 60)), min_size=1, max_size=12
    )
)
def test_what_arrives_late_gives_what_had_arrived_in_time(whole: Path, tmp_path: Path, gaps) -> None:
    path = tmp_path / f"{abs(hash(tuple(gaps)))}.duckdb"
    path.write_bytes(whole.read_bytes())
    where = " OR ".join(
        f"(meter_id = {meter} AND ts_ms BETWEEN {SPAN[0] + at * QUARTER_MS} AND {SPAN[0] + (at + n) * QUARTER_MS})"
        for meter, at, n in gaps
    )
    with open_samples(path) as connection:
        expected = tables(connection)
        late = hold_back(connection, where)
        compute_stored(connection, *SPAN)
        report = store_late(connection, late)
        found = tables(connection)
    path.unlink()
    assert report.meters == len(np.unique(late["meter_id"]))
    for name in TABLES:
        assert same(found[name], expected[name]), name


def test_only_the_touched_hours_and_totals_are_written(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.duckdb"
    path.write_bytes(whole.read_bytes())
    at = SPAN[0] + 130 * QUARTER_MS
    with open_samples(path) as connection:
        late = hold_back(connection, f"meter_id = 3 AND ts_ms BETWEEN {at} AND {at + 4 * QUARTER_MS}")
        compute_stored(connection, *SPAN)
        before = tables(connection)
        report = store_late(connection, late)
        after = tables(connection)
        again = store_late(connection, late)
    changed = set(after["interval_meter"]) ^ set(before["interval_meter"])
    hours = {row[1] for row in changed}
    assert {row[0] for row in changed} == {3}
    assert report.hours_changed == len(hours) == 2  # 08:30 to 09:30 was unknown: it touches two hours
    assert report.hours_computed > report.hours_changed
    totals = set(after["interval_enterprise"]) ^ set(before["interval_enterprise"])
    assert {row[0] for row in totals} == {0} and {row[2] for row in totals} == hours
    assert again.hours_changed == 0  # the same samples once more say nothing new


def test_a_sample_of_an_unknown_meter_writes_nothing(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "unknown.duckdb"
    path.write_bytes(whole.read_bytes())
    late = {"meter_id": np.array([METERS + 5]), "ts_ms": np.array([SPAN[0]]), "register": np.array([1.0]),
            "received_at_ms": np.array([SPAN[1]])}  # fmt: skip
    with open_samples(path) as connection:
        before = connection.table("sample").count("*").fetchall()
        with pytest.raises(NenghaoError, match="meters"):
            store_late(connection, late)
        assert connection.table("sample").count("*").fetchall() == before


def test_nothing_late_is_nothing_to_do(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "nothing.duckdb"
    path.write_bytes(whole.read_bytes())
    with open_samples(path) as connection:
        report = store_late(connection, {name: np.zeros(0, kind) for name, kind in LATE.items()})
    assert (report.meters, report.hours_computed, report.hours_changed) == (0, 0, 0)
