"""Regions judged by published statistics: sums without gap, prices that agree, what is missing; worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nenghao.hub.targets.frames import Frame
from nenghao.hub.targets.models import Plan, RegionStatistic, StatisticKind, Target, TargetKind
from nenghao.hub.targets.owners import Owner
from nenghao.hub.targets.progress import Moment, standings
from nenghao.hub.targets.statistic_entry import parse_period
from nenghao.hub.targets.statistics import Statistics, kinds_of, through
from nenghao.reference.library import library

PLAN = Plan(base_year=2025, first_year=2026, last_year=2030, form="fifths", basis="equivalent", region_source="gdp")
RULES = dict.fromkeys(TargetKind, library().grading_rules["national-barometer-2021"])
CITY = Owner("region/370600", "烟台市", "370600", "000000/370000/370600/", (1,), region=object())
ENERGY, GDP = "energy_equivalent", "gdp_constant"


def figure(kind, year, first, last, amount, *, price_year=0, state="final"):
    found = figure.count = getattr(figure, "count", 0) + 1
    return RegionStatistic(
        pk=found, region_id=CITY.code, kind=kind, year=year, first_month=first, last_month=last, amount=amount,
        price_year=price_year or (2025 if kind == GDP else 0), state=state,
    )  # fmt: skip


def stand(rows, *targets, month=date(2026, 6, 1), plan=PLAN):
    kinds = kinds_of(plan)
    known = {(CITY.code, kind): [row for row in rows if row.kind == kind] for kind in kinds}
    # The one enterprise doubled its intensity: whoever looks at it instead of the statistics gives another answer.
    frame = Frame((1,), 2025, np.full((1, 18), 100.0), np.array([[2e6] * 12 + [1e6] * 6]), np.zeros((1, 18), bool))
    moment = Moment(plan, frame, month, Statistics(*kinds, known))
    found = standings(moment, owners=[CITY], targets=targets, rules=RULES)
    return {one.kind: one for one in found}


def target(kind, **facts):
    return Target(owner_key=CITY.key, kind=kind, **({"year": 0} | facts))


BASE = [figure(ENERGY, 2025, 1, 12, 4e6), figure(GDP, 2025, 1, 12, 2e10)]
"""The base year: 4 million tce per 20 billion yuan, 2 tce per 10,000 yuan."""
HALVES = [
    figure(ENERGY, 2025, 1, 6, 1.9e6), figure(GDP, 2025, 1, 6, 9.5e9),
    figure(ENERGY, 2026, 1, 6, 1.94e6, state="preliminary"), figure(GDP, 2026, 1, 6, 1e10, state="preliminary"),
]  # fmt: skip
"""First half: 1.9e6 / 9.5e9 = 2.00, then 1.94e6 / 1.0e10 = 1.94 tce per 10,000 yuan: 3 % less."""


def test_a_half_year_by_published_figures():
    one = stand(BASE + HALVES, target(TargetKind.INTENSITY, drop_ratio=0.15))[TargetKind.INTENSITY]
    assert one.reached == pytest.approx(0.03)
    assert one.due == pytest.approx(0.15 / 5 * 6 / 12)
    assert (one.level.colour, one.by_statistics, one.why) == ("green", True, "")
    assert {row.period for row in one.figures} == {"2025", "2025-01~06", "2026-01~06"}


def test_a_single_year_needs_no_base():
    one = stand(HALVES, target(TargetKind.INTENSITY, drop_ratio=0.04, year=2026))[TargetKind.INTENSITY]
    assert (one.reached, one.level.colour) == (pytest.approx(0.03), "red")  # a gap of a quarter


def test_the_total_follows_last_years_published_halves():
    # The first half of 2025 was 1.9 of 4 million: of a cap of 4 million as much is allowed; 1.94 million is 2.1 % over.
    one = stand(BASE + HALVES, target(TargetKind.TOTAL, cap_tce=4e6))[TargetKind.TOTAL]
    assert (one.due, one.reached) == (pytest.approx(1.9e6), pytest.approx(1.94e6))
    assert one.level.colour == "yellow"


@pytest.mark.parametrize(
    ("rows", "month", "why"),
    [
        ([], 6, "no-statistics"),
        (BASE + HALVES, 7, "no-statistics"),  # July was not published: the half year is not taken for it
        (BASE + HALVES[2:], 6, "no-year-before"),
        (HALVES, 6, "no-base"),
        (BASE + [row for row in HALVES if row.kind == ENERGY], 6, "no-statistics"),
    ],
)
def test_what_is_not_published_is_missing(rows, month, why):
    one = stand(rows, target(TargetKind.INTENSITY, drop_ratio=0.15), month=date(2026, month, 1))[TargetKind.INTENSITY]
    assert (one.reached, one.level, one.why) == (None, None, why)


def test_prices_of_different_years_are_not_compared():
    at_2020 = [figure(GDP, 2026, 1, 6, 1.2e10, price_year=2020)]
    rows = [row for row in HALVES if row.kind == ENERGY or row.year == 2025] + at_2020
    wanted = target(TargetKind.INTENSITY, drop_ratio=0.04, year=2026)
    assert stand(rows, wanted)[TargetKind.INTENSITY].why == "prices-differ"
    rows.append(figure(GDP, 2025, 1, 6, 1.14e10, price_year=2020))  # now both halves are known at prices of 2020
    one = stand(rows, wanted)[TargetKind.INTENSITY]
    assert one.reached == pytest.approx(1 - (1.94 / 12) / (1.9 / 11.4))
    assert {row.price_year for row in one.figures} == {0, 2020}


def test_the_basis_of_the_plan_chooses_the_energy():
    assert kinds_of(PLAN)[0] == StatisticKind.ENERGY_EQUIVALENT
    calorific = Plan(base_year=2025, first_year=2026, last_year=2030, basis="calorific", region_source="industry")
    assert kinds_of(calorific) == (StatisticKind.INDUSTRY_ENERGY_CALORIFIC, StatisticKind.INDUSTRY_CONSTANT)
    assert kinds_of(Plan(region_source="enterprises")) is None


def test_an_enterprise_is_judged_by_its_own_figures():
    one = Moment(PLAN, None, date(2026, 6, 1), Statistics(ENERGY, GDP))
    assert one.statistics_of(replace(CITY, region=None)) is None


def test_a_sum_since_january_outranks_its_parts():
    quarters = [figure(ENERGY, 2026, 1, 3, 10.0), figure(ENERGY, 2026, 4, 6, 11.0)]
    assert through(quarters, 2026, 6).amount == 21.0
    assert through([*quarters, figure(ENERGY, 2026, 1, 6, 21.5)], 2026, 6).amount == 21.5
    assert through(quarters, 2026, 5) is None
    assert through([figure(ENERGY, 2026, 4, 6, 11.0)], 2026, 6) is None


@given(st.sets(st.integers(1, 11)), st.data())
def test_any_run_of_pieces_without_gap_adds_up(cuts, data):
    edges = [0, *sorted(cuts), 12]
    pieces = [figure(ENERGY, 2026, first + 1, last, float(last - first)) for first, last in pairwise(edges)]
    assert through(pieces, 2026, 12).amount == 12.0
    lost = data.draw(st.sampled_from(pieces))
    assert through([piece for piece in pieces if piece is not lost], 2026, 12) is None


@given(st.integers(2000, 2099), st.integers(1, 12), st.integers(1, 12))
def test_a_period_is_read_back_as_written(year, one, other):
    first, last = sorted((one, other))
    row = RegionStatistic(year=year, first_month=first, last_month=last)
    assert parse_period(row.period) == (year, first, last)


@pytest.mark.parametrize("typed", ["", "26", "2026-00", "2026-13", "2026-07~05", "2026-Q5", "abc", "2026-1-2-3"])
def test_what_is_no_period_is_refused(typed):
    assert parse_period(typed) is None
