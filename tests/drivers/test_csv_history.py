from __future__ import annotations

import asyncio
import csv
from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nenghao.drivers.csv_history import CsvHistory
from nenghao.drivers.load_curve import DayProfile, curve_from_csv, curve_from_profile, write_usage_csv
from nenghao.drivers.usage_file import UsageFile, UsageReader
from nenghao.errors import NenghaoError

DATA = Path(__file__).resolve().parents[2] / "src/nenghao/cli/demo/data"
STEEL = UsageFile(
    csv="steel-plant-2018.csv", column="Usage_kWh", date_format="%d/%m/%Y %H:%M", stamp="end", midnight="same_date",
    decimals=2,
)  # fmt: skip
DAY_MS = 86_400_000


def chunks(source, cursor=None, count=None):
    async def run():
        found = []
        async for chunk in source.chunks(cursor):
            found.append(chunk)
            if len(found) == count:
                break
        return found

    return asyncio.run(run())


def test_steel_plant_year_and_every_day():
    rows = list(UsageReader(STEEL, DATA).rows())
    assert len(rows) == 35_040
    assert all(a.end_ms == b.start_ms for a, b in pairwise(rows))
    assert sum(r.ticks for r in rows) == 95_964_031
    by_block: dict[str, Decimal] = defaultdict(Decimal)
    with (DATA / STEEL.csv).open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            by_block[row["date"][:10]] += Decimal(row["Usage_kWh"])
    for index, total in enumerate(by_block.values()):
        block = rows[index * 96 : index * 96 + 96]
        assert (block[0].start_ms + 8 * 3_600_000) % DAY_MS == 0
        assert sum(r.ticks for r in block) == total * 100


def test_registers_continue_over_a_restart():
    whole = chunks(CsvHistory(STEEL, DATA))
    first = chunks(CsvHistory(STEEL, DATA), count=3)
    rest = chunks(CsvHistory(STEEL, DATA), first[-1].cursor)
    for name in ("ts_ms", "register", "segment"):
        ours = np.concatenate([getattr(c, name) for c in first + rest])
        assert np.array_equal(ours, np.concatenate([getattr(c, name) for c in whole]))
    assert whole[-1].register[-1] == 959_640.31
    assert rest[-1].rows_read == 35_040


def write(tmp_path, text, encoding="utf-8"):
    (tmp_path / "u.csv").write_bytes(text.encode(encoding))
    return tmp_path


def test_gap_and_bad_rows_are_breaks_never_zero(tmp_path):
    folder = write(
        tmp_path,
        "date,kwh\n2026-01-01T00:00,1\n2026-01-01T00:15,1.5\n2026-01-01T00:30,oops\n2026-01-01T00:45,2\n"
        "2026-01-01T00:45,7\n2026-01-01T02:00,3\n",
    )
    (chunk,) = chunks(CsvHistory(UsageFile(csv="u.csv", column="kwh"), folder))
    assert chunk.segment.tolist() == [1, 1, 1, 2, 2, 3, 3]
    assert chunk.register.tolist() == [0, 1, 2.5, 2.5, 4.5, 4.5, 7.5]
    assert len(chunk.problems) == 2
    assert "oops" in chunk.problems[0].where
    assert chunk.rows_read == 6


def test_register_content_multiplier_modulus_and_encoding(tmp_path):
    folder = write(tmp_path, "时间;读数\n2026/1/1 0:00;12.5\n2026/1/1 0:15;13.25\n", "gb18030")
    config = UsageFile(
        csv="u.csv", column="读数", time_column="时间", date_format="%Y/%m/%d %H:%M", content="register",
        encoding="gb18030", delimiter=";",
    )  # fmt: skip
    (chunk,) = chunks(CsvHistory(config, folder))
    assert chunk.register.tolist() == [12.5, 13.25]
    folder = write(tmp_path, "date,kwh\n2026-01-01T00:00,60\n2026-01-01T00:15,60\n")
    (chunk,) = chunks(CsvHistory(UsageFile(csv="u.csv", column="kwh"), folder, multiplier=40.0, modulus=2.0))
    assert chunk.register.tolist() == [0, 1.5, 1.0]


def test_days_from_and_shift():
    config = UsageFile(**{f: getattr(STEEL, f) for f in STEEL.__struct_fields__} | {
        "from_date": date(2018, 3, 1), "days": 2, "shift_days": 364,
    })  # fmt: skip
    reader = UsageReader(config, DATA)
    rows = list(reader.rows())
    assert len(rows) == reader.rows_total == 192
    plain = list(UsageReader(STEEL, DATA).rows())[59 * 96 : 61 * 96]
    assert [r.ticks for r in rows] == [r.ticks for r in plain]
    assert rows[0].start_ms == plain[0].start_ms + 364 * DAY_MS


def test_refusals_name_what_is_there(tmp_path):
    with pytest.raises(NenghaoError, match="cannot be read"):
        UsageReader(UsageFile(csv="none.csv", column="x"), tmp_path)
    with pytest.raises(NenghaoError, match="no column 'x'") as refused:
        UsageReader(UsageFile(csv="u.csv", column="x"), write(tmp_path, "date,kwh\n"))
    assert "kwh" in refused.value.mend_en


def test_simulated_past_and_curve_agree(tmp_path):
    profile = DayProfile(start=date(2026, 1, 1), mean_per_hour=120.0, noise_ratio=0.1, weekend_ratio=0.5, days=20)
    curve = curve_from_profile(profile)
    write_usage_csv(curve, tmp_path / "gas.csv", 10)
    read = curve_from_csv(UsageFile(csv="gas.csv", column="usage"), tmp_path)
    end = curve.start_ms + 10 * DAY_MS
    assert np.array_equal(read.cumulative, curve.cumulative[: 10 * 96 + 1])
    assert read.energy_at(end) == curve.energy_at(end)
    assert curve.energy_at(curve.start_ms + 20 * DAY_MS + 900_000) == pytest.approx(
        curve.energy_at(curve.start_ms + 20 * DAY_MS) + curve.energy_at(curve.start_ms + 900_000)
    )
