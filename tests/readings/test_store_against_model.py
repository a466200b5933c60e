"""Random sequences of batches, item changes and factor changes: the rollups equal those of the plain model."""

import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.periods import PeriodKind, wall
from nenghao.readings import FactorRow, ItemRow, ReadingBatch, ReadingStore
from nenghao.readings.energy import enterprise_cells, item_cells

from .model import Model, start_of

ENERGIES = ("electricity", "heat")
KINDS = (PeriodKind.HOUR, PeriodKind.DAY, PeriodKind.MONTH, PeriodKind.YEAR)
# Around the borders of a year, a leap February and a month, so that half-open borders matter.
DAYS = (datetime(2027, 12, 31), datetime(2028, 1, 1), datetime(2028, 2, 29), datetime(2028, 3, 1))

readings = st.tuples(
    st.integers(1, 4), st.sampled_from([0, 0, 0, 0, 1, 2, 3]), st.sampled_from(DAYS), st.integers(0, 95),
    st.integers(-50, 1000).map(lambda n: n / 8), st.sampled_from([0, 0, 0, 1, 2]),
)  # fmt: skip
items = st.builds(
    ItemRow, id=st.integers(1, 4), data_code=st.just("00-00-0000-023300-10"), enterprise_id=st.integers(1, 2),
    energy_key=st.sampled_from(ENERGIES), base_unit=st.just("kWh"), counts_in_total=st.booleans(),
    realtime_minutes=st.sampled_from([15, 30, 60]),
)  # fmt: skip
steps = st.one_of(
    st.lists(readings, min_size=1, max_size=30).map(lambda rows: ("readings", rows)),
    st.lists(items, min_size=1, max_size=3).map(lambda rows: ("items", rows)),
    st.tuples(st.sampled_from(ENERGIES), st.sampled_from(DAYS), st.floats(0.01, 2), st.booleans()).map(
        lambda f: ("factor", f)
    ),
    st.just(("rollup", None)),
)


def batch_of(rows) -> ReadingBatch:
    columns = {"data_item_id": [], "stat_type": [], "period_start": [], "value": [], "state": [], "input_type": []}
    for item, stat_type, day, quarter, value, state in rows:
        moment = day + timedelta(minutes=15 * quarter)
        start = moment if stat_type == 0 else start_of(("day", "month", "year")[stat_type - 1], day)
        for name, entry in zip(columns, (item, stat_type, start, value, state, 1), strict=True):
            columns[name].append(entry)
    return ReadingBatch(received_at=datetime(2028, 3, 2), **columns)


def factors_of(energy: str, border: datetime, kgce: float, open_start: bool) -> list[FactorRow]:
    later = FactorRow(factor_id=f"{energy}-later", energy_key=energy, valid_from=border.date(), kgce_per_unit=kgce)
    earlier = FactorRow(
        factor_id=f"{energy}-earlier",
        energy_key=energy,
        valid_from=date(2020, 1, 1),
        valid_until=border.date(),
        kgce_per_unit=1.5,
    )
    return [earlier, later] if open_start else [later]


def perform(store: ReadingStore, model: Model, step: str, content) -> None:
    if step == "readings":
        batch = batch_of(content)
        store.submit(batch).result(30)
        model.take(batch)
    elif step == "items":
        store.put_items(content)
        model.items |= {row.id: row for row in content}
    elif step == "factor":
        rows = factors_of(*content)
        store.put_factors(rows)
        model.factors = [row for row in model.factors if row.energy_key != content[0]] + rows
    else:
        store.rollup_pending()


def rolled_up_items(store: ReadingStore) -> dict:
    scope = {"enterprise_ids": [1, 2], "start": date(2027, 1, 1), "end": date(2029, 1, 1)}
    found = {}
    for kind in KINDS:
        for cell in item_cells(store, kind=kind, **scope):
            key = (kind.value, cell.data_item_id, wall(cell.period_start))
            assert key not in found
            assert cell.measured_ratio + cell.estimated_ratio + cell.missing_ratio == pytest.approx(1)
            numbers = (cell.quantity, cell.tce, cell.measured_ratio, cell.estimated_ratio)
            found[key] = (*(None if n is None else round(n, 6) for n in numbers), cell.source_stat_type)
    return found


def rolled_up_enterprises(store: ReadingStore) -> dict:
    scope = {"enterprise_ids": [1, 2], "start": date(2027, 1, 1), "end": date(2029, 1, 1)}
    return {
        (kind.value, cell.enterprise_id, cell.energy_key, wall(cell.period_start)): (
            *(
                None if n is None else round(n, 6)
                for n in (cell.quantity, cell.tce, cell.measured_ratio, cell.estimated_ratio)
            ),
            cell.items,
        )
        for kind in KINDS
        for cell in enterprise_cells(store, kind=kind, **scope)
    }


def near(found: dict, expected: dict) -> bool:
    return found.keys() == expected.keys() and all(found[k] == pytest.approx(expected[k], abs=2e-6) for k in found)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=2, max_size=10), st.lists(items, min_size=1, max_size=4))
def test_rollups_equal_the_model(sequence, first_items):
    with tempfile.TemporaryDirectory() as folder, ReadingStore.open(Path(folder) / "r.duckdb") as store:
        model = Model()
        for step, content in [("items", first_items), *sequence]:
            perform(store, model, step, content)
        store.rollup_pending()
        expected = {key: cell.rounded() for key, cell in model.cells().items()}
        assert near(rolled_up_items(store), expected)
        assert near(rolled_up_enterprises(store), model.enterprise_cells())


@settings(max_examples=5, deadline=None)
@given(st.lists(readings.filter(lambda row: row[1] == 0), min_size=1, max_size=60))
def test_sums_are_conserved_upward_and_a_resend_changes_nothing(rows):
    with tempfile.TemporaryDirectory() as folder, ReadingStore.open(Path(folder) / "r.duckdb") as store:
        store.put_items(
            [ItemRow(id=n, data_code=str(n), enterprise_id=1, energy_key="heat", base_unit="GJ") for n in range(1, 5)]
        )
        store.submit(batch_of(rows)).result(30)
        store.rollup_pending()
        before = rolled_up_items(store)
        sums = {
            kind: sum(c[0] or 0 for key, c in before.items() if key[0] == kind)
            for kind in ("hour", "day", "month", "year")
        }
        assert sums["day"] == sums["month"] == sums["year"] == sums["hour"]  # eighths: exact in binary
        store.submit(batch_of(rows)).result(30)
        store.rollup_pending()
        assert rolled_up_items(store) == before
