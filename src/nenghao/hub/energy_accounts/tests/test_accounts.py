"""What an account says, computed by hand; that it is computed when it must be and only then."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from nenghao.hub.energy_accounts.models import StaleSpan
from nenghao.hub.energy_accounts.services import account_of, energy_lines, energy_totals, month_totals
from nenghao.hub.energy_accounts.stating import state_equivalent
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, APRIL, GRID, HEAT_OUT, MARCH, MAY, NOW, OWN_POWER, Plant
from nenghao.hub.registry.models import Region
from nenghao.periods import PeriodKind
from nenghao.readings.accounts import stale_months
from nenghao.readings.energy import totals_by_enterprise

YEAR = {"start": date(2026, 1, 1), "end": date(2027, 1, 1)}
ELECTRICITY, RAW_COAL = 0.1229, 714.3  # kgce/kWh, kgce/t: GB/T 2589-2020


def total(store, plant, **span):
    found = month_totals(store=store, enterprise_ids=[plant.pk], **(span or YEAR))
    return {str(month): value for month, value in zip(found.month, found.tce_calorific, strict=True)}


def marks(store, plant):
    found = month_totals(store=store, enterprise_ids=[plant.pk], **YEAR)
    return dict(zip(found.month.astype(str), found.mark.tolist(), strict=True))


def test_without_statements_the_account_is_the_total_of_the_rollups(store, plant, fresh):
    plant.send(MARCH, GRID=1000.0, KILN=600.0, MILL=300.0, COAL=50.0, WATER=100.0)
    fresh()
    rolled = totals_by_enterprise(store, enterprise_ids=[plant.pk], kind=PeriodKind.MONTH, start=MARCH, end=APRIL)
    assert total(store, plant) == {"2026-03": pytest.approx(rolled[0].tce, rel=1e-12)}
    # 1000 × 0.1229 + 50 × 714.3 + 100 × 0.2571 [kgce]
    assert rolled[0].tce == pytest.approx((1000 * ELECTRICITY + 50 * RAW_COAL + 100 * 0.2571) / 1000)


def test_stocks_and_purchase_of_the_ledger_make_the_reading_a_consumption(store, plant, fresh):
    plant.send(MARCH, COAL=50.0)
    plant.file(MARCH, purchase=60.0, opening_stock=10.0, closing_stock=19.0)
    fresh()
    net = energy_totals(store=store, enterprise_ids=[plant.pk], **YEAR)
    assert (net.net.tolist(), net.method.tolist()) == ([50.0], ["use"])
    assert net.imbalance.tolist() == [60.0 + 10 - 50 - 19]  # supply less use: one tonne is not accounted for
    lines = energy_lines(store=store, enterprise_ids=[plant.pk], **YEAR)
    assert dict(zip(lines.flow, lines.sources, strict=True))["consumed"].startswith("reading:")


def test_own_power_is_not_counted_twice_and_exported_heat_is_taken_off(store, plant, fresh):
    plant.state(OWN_POWER, MARCH, "recovered", "09")
    plant.send(MARCH, GRID=1000.0, OWN_POWER=400.0, HEAT_OUT=20.0)
    plant.file(MARCH, energy="heat", exported=15.0)
    fresh()
    net = dict(zip(*[(n := energy_totals(store=store, enterprise_ids=[plant.pk], **YEAR)).energy_key, n.net.tolist()],
                   strict=True))  # fmt: skip
    assert net == {"electricity": 1000.0, "heat": -15.0}
    lines = energy_lines(store=store, enterprise_ids=[plant.pk], **YEAR)
    consumed = {key: q for key, flow, q in zip(lines.energy_key, lines.flow, lines.quantity, strict=True)
                if flow == "consumed"}  # fmt: skip
    assert consumed == {"electricity": 1400.0}
    assert total(store, plant)["2026-03"] == pytest.approx((1000 * ELECTRICITY - 15 * 34.12) / 1000)


def test_what_a_process_outside_the_boundary_uses_leaves_it(store, plant, fresh):
    plant.rule("boundary", APRIL, {"outside": ["01"]})
    for month in (MARCH, APRIL):
        plant.send(month, GRID=1000.0, KILN=600.0, MILL=300.0)
    fresh()
    assert total(store, plant) == pytest.approx({"2026-03": 0.1229, "2026-04": 0.08603})
    lines = energy_lines(store=store, enterprise_ids=[plant.pk], start=APRIL, end=MAY)
    assert dict(zip(zip(lines.unit_code, lines.flow, strict=True), lines.quantity.tolist(), strict=True)) == {
        ("", "consumed"): 700.0, ("", "exported"): 300.0, ("", "purchased"): 1000.0, ("02", "consumed"): 600.0
    }  # fmt: skip


def test_feedstock_counts_until_the_rule_says_otherwise(store, plant, fresh):
    for month in (MARCH, APRIL):
        plant.file(month, purchase=100.0, feedstock=30.0)
    plant.rule("feedstock", APRIL, {"included": False})
    fresh()
    assert total(store, plant) == pytest.approx({"2026-03": 71.43, "2026-04": 50.001})


def test_a_heating_value_counts_from_its_day_weighed_by_days(store, plant, fresh):
    for month in (MARCH, APRIL, MAY):
        plant.send(month, COAL=100.0)
    plant.heating(date(2026, 4, 16), 23_446.08)  # 800 kgce/t
    plant.heating(date(2026, 5, 11), 20_515.32)  # 700 kgce/t
    fresh()
    mean = (10 * 800 + 21 * 700) / 31
    assert total(store, plant) == pytest.approx({"2026-03": 71.43, "2026-04": 80.0, "2026-05": mean / 10})
    found = account_of(store=store, enterprise=plant.enterprise, start=MARCH, end=date(2026, 6, 1))
    assert found.tce_calorific == pytest.approx(71.43 + 80 + mean / 10)


def test_the_edition_of_the_standard_changes_on_2021_04_01(store, plant, fresh):
    for month in (date(2021, 3, 1), date(2021, 4, 1)):
        plant.send(month, WATER=1000.0)
    fresh()
    # annex B: 0.0857 kgce/t in 2008, 0.2571 in 2020
    span = {"start": date(2021, 1, 1), "end": date(2022, 1, 1)}
    assert total(store, plant, **span) == pytest.approx({"2021-03": 0.0857, "2021-04": 0.2571})
    lines = energy_lines(store=store, enterprise_ids=[plant.pk], **span)
    assert [factor.split("/")[0] for factor in dict.fromkeys(lines.factor_id)] == [
        "gbt2589-2008-media", "gbt2589-2020-media"
    ]  # fmt: skip


def test_the_equivalent_basis_is_told_only_where_somebody_stated_it(store, plant, fresh):
    other = Plant(store, "370212", 2, codes=(GRID,))
    for one in (plant, other):
        one.send(MARCH, GRID=1000.0)
    fresh()
    both = {"store": store, "enterprise_ids": [plant.pk, other.pk], **YEAR}
    assert np.isnan(month_totals(**both).tce_equivalent).all()
    before = month_totals(**both).mark
    stated = {"actor": ACTOR, "account": None, "now": NOW, "energy_key": "electricity", "year": 2026}
    state_equivalent(**stated, region=Region.objects.get(code="370600"), kgce_per_unit=0.3, source="市统计局")
    assert fresh().changed == 1
    assert month_totals(**both).tce_equivalent.tolist() == [0.3, pytest.approx(np.nan, nan_ok=True)]
    state_equivalent(**stated, region=Region.objects.get(code="370000"), kgce_per_unit=0.29, source="省统计局")
    fresh()
    assert month_totals(**both).tce_equivalent.tolist() == [0.3, 0.29]  # the nearest region upward
    assert (month_totals(**both).mark > before).all()


def test_computing_again_changes_nothing(store, plant, fresh):
    plant.send(MARCH, GRID=1000.0, KILN=600.1, MILL=300.7, COAL=50.3)
    plant.file(MARCH, purchase=60.0)
    first = fresh()
    assert (first.computed, first.changed) == (1, 1)
    before = marks(store, plant), total(store, plant)
    assert fresh().computed == 0
    plant.send(MARCH, GRID=1000.0)  # a resend
    again = fresh()
    assert (again.computed, again.changed, again.rows) == (1, 0, 0)
    assert (marks(store, plant), total(store, plant)) == before


def test_a_late_reading_changes_exactly_its_month(store, plant, fresh):
    for month in (MARCH, APRIL, MAY):
        plant.send(month, GRID=1000.0)
    fresh()
    before = marks(store, plant)
    plant.send(APRIL, GRID=1100.0)
    assert stale_months(store) == [(plant.pk, APRIL)]
    assert fresh().changed == 1
    after = marks(store, plant)
    assert {month for month in before if after[month] != before[month]} == {"2026-04"}


def test_a_ledger_figure_changes_its_month_and_a_withdrawal_brings_it_back(store, plant, fresh):
    from nenghao.hub.evidence.entry import FIGURES, withdraw
    from nenghao.hub.evidence.models import MonthlyFigure

    for month in (MARCH, APRIL):
        plant.send(month, GRID=1000.0, COAL=50.0)
    fresh()
    before = total(store, plant)
    plant.file(APRIL, energy="electricity", exported=200.0)
    assert fresh().changed == 1
    assert total(store, plant)["2026-04"] == pytest.approx(before["2026-04"] - 0.02458)
    assert total(store, plant)["2026-03"] == before["2026-03"]
    withdraw(**plant.owner, ledger=FIGURES, row_id=MonthlyFigure.objects.get().pk, reason="误录")
    fresh()
    assert total(store, plant) == before


def test_months_left_out_stay_stale(store, plant, fresh):
    for month in (MARCH, APRIL):
        plant.send(month, GRID=1000.0)
    plant.heating(date(2026, 3, 1), 20_000.0)
    assert fresh(months=[APRIL]).computed == 1
    assert list(total(store, plant)) == ["2026-04"]
    assert StaleSpan.objects.count() == 1
    fresh()
    assert list(total(store, plant)) == ["2026-03", "2026-04"]
    assert not StaleSpan.objects.exists()
    assert not stale_months(store)


def test_nothing_known_is_not_zero(store, plant, fresh):
    plant.send(MARCH, GRID=float("nan"))
    fresh()
    found = month_totals(store=store, enterprise_ids=[plant.pk], **YEAR)
    assert np.isnan(found.tce_calorific).all()
    assert found.missing_ratio.tolist() == [1.0]
    assert not found.is_complete.any()


def test_the_stored_account_is_that_of_the_single_one(store, plant, fresh):
    plant.state(OWN_POWER, MARCH, "produced", "09")
    plant.send(MARCH, GRID=1000.0, KILN=600.0, MILL=300.0, OWN_POWER=150.0, COAL=50.0, WATER=100.0, HEAT_OUT=5.0)
    plant.file(MARCH, purchase=60.0, opening_stock=10.0, closing_stock=19.0, transformed=12.0)
    plant.heating(date(2026, 3, 1), 21_000.0)
    fresh()
    single = account_of(store=store, enterprise=plant.enterprise, start=MARCH, end=APRIL)
    assert total(store, plant)["2026-03"] == pytest.approx(single.tce_calorific, rel=1e-12)
    nets = energy_totals(store=store, enterprise_ids=[plant.pk], **YEAR)
    assert nets.net.tolist() == [energy.net for energy in single.energies]
    assert nets.marks.tolist() == [int(energy.marks) for energy in single.energies]
    assert GRID, HEAT_OUT
