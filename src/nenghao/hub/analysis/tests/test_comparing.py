"""Comparisons and contributions on facts made by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.hub.analysis.comparing import Against, by_month, change, columns, effects, lines
from nenghao.hub.analysis.facts import Facts, month_range
from nenghao.hub.production.models import EconomicKind

NAN = float("nan")


def facts(rows: dict[int, dict[str, float]], activity: dict[int, dict[str, float]] | None = None, month="2026-03"):
    """Facts of the given months only: ``{enterprise: {"2026-03": tce}}``."""
    months = np.arange(np.datetime64(f"{int(month[:4]) - 1}-01"), np.datetime64(month) + 1)
    place = {str(m): n for n, m in enumerate(months)}

    def grid(given):
        found = np.full((len(rows), len(months)), NAN)
        for row, key in enumerate(rows):
            for text, value in (given or {}).get(key, {}).items():
                found[row, place[text]] = value
        return found

    tce = grid(rows)
    return Facts(list(rows), months, tce, grid(activity), np.zeros(tce.shape, dtype=bool), EconomicKind.REVENUE)


def test_the_range_starts_in_january_of_the_year_before():
    assert month_range(date(2026, 3, 1)) == (date(2025, 1, 1), date(2026, 4, 1))
    assert columns(facts({1: {}}), Against.YEAR) == ([14], [2])
    assert columns(facts({1: {}}), Against.CUMULATIVE) == ([12, 13, 14], [0, 1, 2])
    assert columns(facts({1: {}}, month="2026-01"), Against.MONTH) == ([12], [11])


def test_who_joined_moves_the_total_and_not_the_rate():
    found = facts({1: {"2025-03": 100, "2026-03": 90}, 2: {"2026-03": 500}})
    compared = change(found, Against.YEAR)
    assert compared.now == 590
    assert compared.change == pytest.approx(-0.1)  # a naive program gives 590/100 − 1 = +490 %
    assert compared.compared == 1


def test_a_month_that_is_not_known_leaves_the_enterprise_out_of_the_cumulative_rate():
    months = ("2025-01", "2025-02", "2025-03", "2026-01", "2026-02", "2026-03")
    whole = dict(zip(months, (10, 10, 10, 11, 11, 11), strict=True))
    silent = {key: value for key, value in whole.items() if key != "2026-02"}
    compared = change(facts({1: whole, 2: silent}), Against.CUMULATIVE)
    assert (compared.now, compared.compared) == (33 + 22, 1)
    assert compared.change == pytest.approx(0.1)


def test_nothing_known_is_not_zero():
    empty = change(facts({1: {}}), Against.YEAR)
    assert (empty.now, empty.change) == (None, None)
    assert effects(facts({1: {"2026-03": 5, "2025-03": 5}}), Against.YEAR) is None
    assert by_month(facts({1: {"2026-02": 5}}))[0] == [None, 5, None]


def test_contributions_by_hand():
    """One plant doubles output at the same intensity, the other saves a fifth: +100 and −20 tce."""
    found = facts(
        {1: {"2025-03": 100, "2026-03": 200}, 2: {"2025-03": 100, "2026-03": 80}, 3: {"2026-03": 20}},
        {1: {"2025-03": 10, "2026-03": 20}, 2: {"2025-03": 10, "2026-03": 10}},
    )
    moved = effects(found, Against.YEAR)
    assert moved is not None
    assert moved.change == pytest.approx(80)
    assert moved.coverage == pytest.approx(280 / 300)
    by_line = {line.key: line for line in lines(found, ["steel", "cement", "glass"], moved)}
    assert by_line["steel"].intensity == pytest.approx(0, abs=1e-9)
    assert by_line["steel"].effect == pytest.approx(100)
    # cement: L(80, 100) · ln(0.8) = −20, all of it its own saving, for its output stood still
    assert by_line["cement"].intensity == pytest.approx(-20)
    assert by_line["cement"].effect == pytest.approx(-20)
    assert by_line["glass"].effect is None
    assert [line.key for line in lines(found, ["steel", "cement", "glass"], moved)] == ["steel", "cement", "glass"]


KNOWN = st.one_of(st.just(NAN), st.floats(0.1, 1e6))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(KNOWN, KNOWN, KNOWN, KNOWN, st.sampled_from("abc")), min_size=1, max_size=10))
def test_groups_add_up_to_the_whole(rows):
    found = facts(
        {n: {"2025-03": row[0], "2026-03": row[1]} for n, row in enumerate(rows)},
        {n: {"2025-03": row[2], "2026-03": row[3]} for n, row in enumerate(rows)},
    )
    moved = effects(found, Against.YEAR)
    made = lines(found, [row[4] for row in rows], moved)
    assert sum(line.month or 0 for line in made) == pytest.approx(change(found, Against.YEAR).now or 0)
    if moved is None:
        assert not any(line.effect is not None for line in made)
        return
    assert sum(line.effect or 0 for line in made) == pytest.approx(moved.change, abs=1e-6)
    assert moved.activity + moved.structure + moved.intensity == pytest.approx(moved.change, abs=1e-6)
    assert moved.by_structure + moved.by_intensity == pytest.approx(moved.intensity_now - moved.intensity_before)
