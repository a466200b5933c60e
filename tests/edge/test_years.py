"""Year records: the sum of the months in which the meter was in service, when the item asks for them."""

from __future__ import annotations

import pytest

from .drive import DAY_MS, START_MS, Plant, destination, kwh

YEARS = "stat_types = [1, 3]"
NEW_YEAR_2027 = START_MS + 303 * DAY_MS
MARCH = START_MS - 3 * DAY_MS


def put_months(plant, first_ms, values):
    """Months as the interval engine would have written them."""
    from nenghao.periods import PeriodKind, from_ms, to_ms

    start, rows = from_ms(first_ms), []
    for value in values:
        end = PeriodKind.MONTH.next(start)
        rows.append((to_ms(start), to_ms(end), value, 2 if value is None else 0))
        start = end
    with plant.ledger.transaction():
        plant.ledger.put_intervals("E10", 3, rows)


def december_and_before(plant, months, until_ms):
    """December is measured, 31 × 96 kWh when it is seen to its end; the months before it are as given."""
    plant.count(NEW_YEAR_2027 - 31 * DAY_MS, until_ms - 900_000)
    put_months(plant, MARCH, months)
    plant.count(until_ms, until_ms)


def year_rows(plant):
    return plant.ledger.connection.execute("SELECT start_ms, value, version FROM outbox WHERE kind = 4").fetchall()


def test_the_first_year_begins_with_the_month_of_installation(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform), more=YEARS)
    december_and_before(plant, [*range(1, 10)], NEW_YEAR_2027)
    assert year_rows(plant) == [(START_MS - 62 * DAY_MS, pytest.approx(45 + 31 * 96), 1)]
    plant.upload()
    assert kwh(platform)["00-00-0000-023300-10", "3", "2026-01-01 00:00:00"] == pytest.approx(45 + 31 * 96)
    asked = {(row["dataCode"], row["statType"]) for row in platform.configs[0]["collectItemConfig"]}
    assert asked == {("00-00-0000-023300-10", "1"), ("00-00-0000-023300-10", "3")}


@pytest.mark.parametrize("months", [[1, 2, 3, None, 5, 6, 7, 8, 9], [1, 2, 3, 4, 5, 6, 7, 8]])
def test_a_year_with_a_month_missing_is_not_sent(platform, tmp_path, months):
    plant = Plant.open(tmp_path, destination(platform), more=YEARS)
    december_and_before(plant, months, NEW_YEAR_2027)
    assert year_rows(plant) == []


def test_a_year_before_it_is_over_is_not_sent(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform), more=YEARS)
    december_and_before(plant, [1.0] * 9, NEW_YEAR_2027 - DAY_MS)
    assert year_rows(plant) == []


def test_an_item_that_comes_to_ask_for_years_gets_those_of_the_ledger(platform, tmp_path):
    plant = Plant.open(tmp_path, destination(platform))
    put_months(plant, MARCH, [1.0] * 10)
    assert year_rows(plant) == []
    plant.ledger.close()
    plant = Plant.open(tmp_path, destination(platform), more=YEARS)
    assert year_rows(plant) == [(START_MS - 62 * DAY_MS, 10.0, 1)]
