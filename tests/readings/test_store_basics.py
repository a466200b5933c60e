"""The store takes batches, answers after they are durable, and rolls them up."""

from datetime import date, datetime, timedelta

import duckdb
import pytest

from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import FactorRow, ItemRow, ReadingBatch, ReadingStore, RejectedRecord
from nenghao.readings.energy import (
    completeness,
    enterprise_cells,
    factors_in_force,
    item_cells,
    item_readings,
    reading_versions,
    totals_by_energy,
    totals_by_enterprise,
    totals_by_period,
)
from nenghao.readings.statements import statement
from nenghao.readings.uploads import (
    batch_page,
    connected_enterprises,
    data_days,
    device_summaries,
    enterprise_summaries,
    last_data_day,
    rejections,
)

DAY = datetime(2026, 3, 4, tzinfo=BEIJING)
RANGE = {"start": date(2026, 3, 1), "end": date(2026, 4, 1)}


def item(number: int = 1, **changes) -> ItemRow:
    row = {
        "data_code": f"00-00-0000-0233{number:02}-10",
        "enterprise_id": 7,
        "energy_key": "electricity",
        "base_unit": "kWh",
    }
    return ItemRow(id=number, **(row | changes))


def quarter_hours(
    count: int, value: float = 10.0, *, item_id: int = 1, start: datetime = DAY, state: int = 0, **log
) -> ReadingBatch:
    starts = [(start + timedelta(minutes=15 * i)).replace(tzinfo=None) for i in range(count)]
    return ReadingBatch(
        received_at=start + timedelta(days=1), device_id=3, enterprise_id=7, data_item_id=[item_id] * count,
        stat_type=[0] * count, period_start=starts, value=[value] * count, state=[state] * count,
        input_type=[1] * count, **log,
    )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    with ReadingStore.open(tmp_path / "readings.duckdb") as opened:
        opened.put_items([item()])
        opened.put_factors(
            [FactorRow(factor_id="e-2020", energy_key="electricity", valid_from=date(2021, 4, 1), kgce_per_unit=0.1229)]
        )
        yield opened


def test_a_day_of_quarter_hours_rolls_up_to_hours_day_month_and_year(store):
    store.submit(quarter_hours(96)).result(10)
    store.rollup_pending()
    scope = {"enterprise_ids": [7], **RANGE}
    hours = enterprise_cells(store, kind=PeriodKind.HOUR, **scope)
    assert [cell.quantity for cell in hours] == [40.0] * 24
    assert hours[0].period_start == DAY
    (day,) = enterprise_cells(store, kind=PeriodKind.DAY, **scope)
    assert (day.quantity, day.state, day.items, day.factor_id) == (960.0, "measured", 1, "e-2020")
    assert day.tce == pytest.approx(960 * 0.1229 / 1000)
    (month,) = item_cells(store, kind=PeriodKind.MONTH, **scope)
    assert (month.quantity, month.state, month.source_stat_type) == (960.0, "incomplete", 1)
    assert month.measured_ratio == pytest.approx(1 / 31)
    (energy,) = totals_by_energy(store, kind=PeriodKind.DAY, **scope)
    (enterprise,) = totals_by_enterprise(store, kind=PeriodKind.DAY, **scope)
    (period,) = totals_by_period(store, kind=PeriodKind.MONTH, **scope)
    assert energy.tce == enterprise.tce == period.tce == month.tce == day.tce
    (year,) = item_cells(store, enterprise_ids=[7], kind=PeriodKind.YEAR, start=date(2026, 1, 1), end=date(2027, 1, 1))
    assert (year.quantity, year.measured_ratio) == (960.0, pytest.approx(1 / 365))
    assert factors_in_force(store, energy_keys=["electricity"], **RANGE)[0].kgce_per_unit == 0.1229


def test_nothing_is_seen_outside_the_scope(store):
    number = store.submit(quarter_hours(4, rejections=[RejectedRecord(0, "x", "坏", "bad")])).result(10)
    store.rollup_pending()
    other = {"enterprise_ids": [8]}
    for question in (enterprise_cells, item_cells, totals_by_energy, totals_by_enterprise, totals_by_period):
        assert question(store, kind=PeriodKind.DAY, **RANGE, **other) == ()
    assert completeness(store, **RANGE, **other) == ()
    assert item_readings(store, data_item_ids=[1], stat_type=0, **RANGE, **other) == ()
    assert reading_versions(store, data_item_id=1, stat_type=0, period_start=DAY, **other) == ()
    assert batch_page(store, **other).count == 0
    assert rejections(store, batch_id=number, **other) == ()
    assert connected_enterprises(store, day=date(2026, 3, 5), **other) == frozenset()
    assert device_summaries(store, day=date(2026, 3, 5), **other) == ()


def test_upload_log(store):
    store.submit(quarter_hours(4, rejections=[RejectedRecord(4, "code", "坏", "bad", data_code="0")])).result(10)
    store.submit(quarter_hours(4, start=DAY + timedelta(days=1), author="李工", reason="补录")).result(10)
    store.submit(ReadingBatch(received_at=DAY, operation="register", response_code="1")).result(10)
    page = batch_page(store, enterprise_ids=[7], limit=1)
    assert (page.count, page.entries[0].id, page.entries[0].author) == (2, 2, "李工")
    assert batch_page(store, enterprise_ids=[7], only_with_rejections=True).entries[0].rejected == 1
    assert batch_page(store, enterprise_ids=[7], device_id=4).count == 0
    assert batch_page(store, enterprise_ids=[], unidentified=True).entries[0].operation == "register"
    assert batch_page(store, enterprise_ids=[7], start=DAY + timedelta(days=2)).count == 1
    (bad,) = rejections(store, enterprise_ids=[7], batch_id=1)
    assert (bad.record_no, bad.code, bad.message_zh) == (4, "code", "坏")
    (device,) = device_summaries(store, enterprise_ids=[7], day=date(2026, 3, 5))
    assert (device.id, device.batches, device.accepted, device.accepted_on_day) == (3, 2, 8, 4)
    assert device.last_upload_at == DAY + timedelta(days=2)
    (enterprise,) = enterprise_summaries(store, enterprise_ids=[7], day=date(2026, 3, 5))
    assert (enterprise.id, enterprise.rejected_on_day) == (7, 1)
    assert connected_enterprises(store, enterprise_ids=[7, 8], day=date(2026, 3, 5)) == {7}
    store.rollup_pending()
    (days,) = data_days(store, enterprise_ids=[7], **RANGE)
    assert (days.days, days.last_day) == (2, date(2026, 3, 5))
    assert last_data_day(store, enterprise_ids=[7, 8], **RANGE) == date(2026, 3, 5)
    assert last_data_day(store, enterprise_ids=[7], **RANGE | {"end": date(2026, 3, 5)}) == date(2026, 3, 4)
    assert last_data_day(store, enterprise_ids=[8], **RANGE) is None
    (first, second) = completeness(store, enterprise_ids=[7], start=date(2026, 3, 5), end=date(2026, 3, 7))
    assert (first.received, first.expected, second.received, second.day) == (4, 96, 0, date(2026, 3, 6))


def test_what_a_gateway_last_said_of_itself(store):
    for said in ({"backlog": 900, "clock_offset_s": -3.5}, {"backlog": 0, "clock_offset_s": 61.0}, {}):
        store.submit(quarter_hours(1, **said)).result(10)
    store.submit(ReadingBatch(received_at=DAY, device_id=4, enterprise_id=7)).result(10)
    said, silent = device_summaries(store, enterprise_ids=[7], day=date(2026, 3, 5))
    assert (said.backlog, said.clock_offset_s, said.batches) == (0, 61.0, 3)
    assert (silent.backlog, silent.clock_offset_s) == (None, None)


def test_a_store_of_the_first_version_is_brought_forward(tmp_path):
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as old:
        old.execute("CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TIMESTAMPTZ)")
        old.execute(statement("schema/0001_readings"))
        old.execute("INSERT INTO schema_version VALUES (1, now())")
        old.execute(
            "INSERT INTO batch VALUES "
            "(5, 3, 7, '2026-03-04', 'upload', 'uploadEnergyData', '', 1, 0, '0', '', 9, 1, '', '', 8)"
        )
        old.execute("INSERT INTO reading VALUES (1, 0, '2026-03-03', 8, 12.5, 0, 4, 5)")
    with ReadingStore.open(path) as store:
        store.put_items([item()])
        assert store.submit(quarter_hours(1, backlog=7)).result(10) == 6
        (device,) = device_summaries(store, enterprise_ids=[7], day=date(2026, 3, 4))
        assert (device.batches, device.accepted, device.backlog) == (2, 2, 7)
        values = [r.value for r in item_readings(store, enterprise_ids=[7], data_item_ids=[1], stat_type=0, **RANGE)]
        assert values == [12.5, 10.0]
    with ReadingStore.open(path) as again:
        assert batch_page(again, enterprise_ids=[7]).count == 2


def test_a_correction_is_a_later_version(store):
    store.submit(quarter_hours(2)).result(10)
    store.submit(quarter_hours(2)).result(10)
    store.submit(quarter_hours(1, 11.0, author="李工", reason="表计故障")).result(10)
    first, second = item_readings(store, enterprise_ids=[7], data_item_ids=[1], stat_type=0, **RANGE)
    assert (first.value, first.contents, second.value, second.contents) == (11.0, 2, 10.0, 1)
    history = reading_versions(store, enterprise_ids=[7], data_item_id=1, stat_type=0, period_start=DAY)
    assert [version.value for version in history] == [11.0, 10.0, 10.0]
    assert (history[0].author, history[0].reason, history[0].batch_id) == ("李工", "表计故障", 3)
