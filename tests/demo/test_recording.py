"""The real file that ships is whole, and its known quirks are there."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

import nenghao.cli.demo

DATA = Path(nenghao.cli.demo.__file__).parent / "data"


@pytest.fixture(scope="module")
def rows():
    with (DATA / "steel-plant-2018.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_year_has_365_days_of_96_rows_and_the_published_sum(rows):
    assert len(rows) == 365 * 96
    assert sum(float(row["Usage_kWh"]) for row in rows) == pytest.approx(959_640.31, abs=1e-6)


def test_the_last_row_of_a_day_is_stamped_midnight_of_the_same_date(rows):
    for n in range(365):
        day = date(2018, 1, 1) + timedelta(days=n)
        assert rows[n * 96]["date"] == f"{day:%d/%m/%Y} 00:15"
        assert rows[n * 96 + 95]["date"] == f"{day:%d/%m/%Y} 00:00"


def test_the_file_begins_with_a_byte_order_mark_and_carries_its_attribution():
    assert (DATA / "steel-plant-2018.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "CC BY 4.0" in (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")
