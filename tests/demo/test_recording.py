"""The real file is whole, its quirks are known, and the simulated meters are the same everywhere."""

import csv
from datetime import date

import numpy as np
import pytest

from nenghao.cli.demo.recording import STEEL_PLANT, load
from nenghao.cli.demo.simulated import SIMULATED


def test_the_year_has_365_days_of_96_rows_and_the_published_sum():
    recording = load()
    assert len(recording.days) == 365
    assert {len(day.rows) for day in recording.days.values()} == {96}
    assert sum(day.usage_kwh.sum() for day in recording.days.values()) == pytest.approx(959_640.31, abs=1e-6)


def test_the_last_row_of_a_day_is_stamped_midnight_of_the_same_date():
    for day in load().days.values():
        assert day.rows[0][0] == f"{day.day:%d/%m/%Y} 00:15"
        assert day.rows[-1][0] == f"{day.day:%d/%m/%Y} 00:00"


def test_the_file_begins_with_a_byte_order_mark_and_carries_its_attribution():
    assert STEEL_PLANT.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "CC BY 4.0" in (STEEL_PLANT.parent / "ATTRIBUTION.md").read_text(encoding="utf-8")
    with STEEL_PLANT.open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file))[:2] == ["date", "Usage_kWh"]


@pytest.mark.parametrize("meter", SIMULATED, ids=lambda m: m.meter_id)
def test_a_simulated_meter_repeats_itself_and_is_labelled(meter):
    day = load().days[date(2018, 6, 1)]
    first, again = meter.usage(day.day, day.usage_kwh), meter.usage(day.day, day.usage_kwh)
    assert (first == again).all()
    assert (first > 0).all()
    assert np.array_equal(first, np.round(first, meter.decimals))
    assert "模拟" in meter.name_zh
    assert "simulated" in meter.name_en
