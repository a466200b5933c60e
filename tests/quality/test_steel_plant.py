"""A real plant's year under the default rules: furnaces, shifts, weekends, start-ups, and hardly anything to say.

Electricity of a steel plant in 35,040 quarter-hours of 2018 (CC BY 4.0, see the attribution beside the file). The two
quarter-hours that are told were looked at: one of 139.0 kWh between 80 and 85 (30 April, 08:45), and one of 115.6 kWh
between 58 and 58 (31 July, 13:15): a person would look at both, and nobody could call either wrong.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest

from nenghao.quality import Block, Flag, Traits, codes, default_rules, run_checks

HISTORY_DAYS = 28
FIRST = 14


@pytest.fixture(scope="module")
def days() -> np.ndarray:
    """365 days × 96 quarter-hours; a day's 96 rows stand together."""
    text = files("nenghao.cli.demo").joinpath("data/steel-plant-2018.csv").read_text(encoding="utf-8-sig")
    values = np.array([float(row["Usage_kWh"]) for row in csv.DictReader(text.splitlines())])
    assert values.size == 35_040
    assert values.sum() == pytest.approx(959_640.31)
    return values.reshape(365, 96)


def _year(days: np.ndarray, *, high: bool = True) -> Block:
    """Every day from the 15th as one row: what is usual comes from the four weeks before it."""
    rows = np.arange(FIRST, len(days))
    recent = [np.concatenate(days[max(0, day - HISTORY_DAYS) : day]) for day in rows]
    items, value = rows.size, days[rows]
    nothing = np.full(items, np.nan)
    traits = Traits(
        item_id=rows, enterprise_id=rows, energy_key=np.full(items, "electricity"), value_min=nothing,
        value_max=nothing, max_rate=nothing, may_be_negative=np.zeros(items, bool),
        usual=np.array([np.median(values) for values in recent]),
        high=np.array([np.quantile(values, 0.95) for values in recent]) if high else None,
    )  # fmt: skip
    shape = value.shape
    after = np.concatenate((days[FIRST + 1 :, :1], [[np.nan]]))
    return Block(
        stat_type=0, start=datetime(2018, 1, 1), traits=traits, value=value, state=np.zeros(shape, np.uint8),
        due=np.ones(shape, bool), delay_s=np.full(shape, 900.0), by_hand=np.zeros(shape, bool),
        contents=np.ones(shape, np.uint8), start_offset_s=np.zeros(shape), accepted=np.zeros(shape, bool),
        before=days[rows - 1], after=after,
    )  # fmt: skip


def _told(block: Block) -> list[tuple[date, str, int, int]]:
    found = run_checks(block, default_rules()).findings
    return [
        (date(2018, 1, 1) + timedelta(days=FIRST + int(row)), str(code), int(first), int(flag))
        for row, code, first, flag in zip(
            found.item_row, found.check_code, found.first_slot, found.flag, strict=True
        )
    ]  # fmt: skip


def test_quarter_hours_of_a_year(days) -> None:
    """33,696 quarter-hours: two suspect, none failed, none unknown."""
    assert _told(_year(days)) == [(date(2018, 4, 30), "spike", 35, 3), (date(2018, 7, 31), "spike", 53, 3)]


def test_hours_of_a_year(days) -> None:
    """8,424 hours: nothing told, though the furnaces stop for an hour at noon and start from nothing on Mondays."""
    assert _told(_year(days.reshape(365, 24, 4).sum(axis=2))) == []


def test_without_the_high_level_the_median_does(days) -> None:
    """The median is 4.6 kWh, its idling, and the furnace takes 157: 20 times the median stands for the level."""
    told = _told(_year(days, high=False))
    assert [(code, flag) for _, code, _, flag in told].count(("spike", 3)) == 2
    assert len(told) <= 4
    assert all(flag == Flag.SUSPECT for *_, flag in told)


def test_a_naive_limit_would_cry_wolf(days) -> None:
    """Three times the median as a limit calls more than a third of the year wrong, twice it as a jump a fifth."""
    block = _year(days)
    over = block.value > 3 * block.traits.usual[:, None]
    jumps = np.abs(np.diff(block.value, axis=1)) > 2 * block.traits.usual[:, None]
    assert over.mean() > 1 / 3
    assert jumps.mean() > 0.2


@pytest.mark.parametrize(
    ("code", "spoil", "least"),
    [
        (codes.SPIKE, lambda row, slot: row.__setitem__(slot, row[slot] + 300), 0.95),
        (codes.FLAT_LINE, lambda row, slot: row.__setitem__(slice(slot, slot + 14), row[slot]), 1.0),
        (codes.NEGATIVE, lambda row, slot: row.__setitem__(slot, -row[slot]), 1.0),
        (codes.RANGE, lambda row, slot: row.__setitem__(slice(slot, slot + 4), row[slot : slot + 4] * 1000), 1.0),
        (codes.COMPLETENESS, lambda row, slot: row.__setitem__(slice(slot, slot + 3), np.nan), 1.0),
    ],
    ids=["spike", "flat-line", "negative", "range", "completeness"],
)
def test_faults_in_real_data_are_found(days, code, spoil, least) -> None:
    """A fault in every second day: recall at least ``least``; on the other days no more of its kind than the two."""
    rng, block = np.random.default_rng(3), _year(days)
    spoilt = np.arange(0, block.shape[0], 2)
    for row in spoilt:
        spoil(block.value[row], int(rng.integers(8, 80)))
    flags = run_checks(block, default_rules()).results[code].flags
    found = (flags > Flag.UNKNOWN).any(axis=1)
    assert found[spoilt].mean() >= least
    assert np.delete(found, spoilt).sum() <= 2
