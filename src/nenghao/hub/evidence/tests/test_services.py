"""The questions of other apps: right per day and item, and a fixed number of queries however many are asked."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nenghao.hub.evidence.entry import FIGURES, HEATING_VALUES, enter, withdraw
from nenghao.hub.evidence.models import HeatingValue
from nenghao.hub.evidence.services import figures, heating_values, meter_validity
from nenghao.hub.evidence.standing import catch_up
from nenghao.hub.evidence.tests.conftest import COAL_IN, FURNACE, GRID, NOW, Plant
from nenghao.hub.registry.models import Meter
from nenghao.periods import BEIJING

pytestmark = pytest.mark.django_db


def flags(plant, start, end, code=GRID):
    found = meter_validity(enterprise_ids=[plant.enterprise.pk], start=start, end=end)
    return found.flags[found.item_id.tolist().index(plant.item(code).pk)].tolist()


def test_the_last_day_is_valid_and_the_next_fails(plant):
    assert flags(plant, date(2026, 11, 29), date(2026, 12, 2)) == [1, 1, 4]


def test_an_item_without_certificate_or_meter_is_unknown(plant):
    start, end = date(2026, 11, 1), date(2026, 11, 3)
    assert flags(plant, start, end, FURNACE) == flags(plant, start, end, COAL_IN) == [2, 2]
    found = meter_validity(enterprise_ids=[plant.enterprise.pk], start=start, end=end)
    assert dict(zip(found.item_id.tolist(), found.meters.tolist(), strict=True)) == {
        plant.item(GRID).pk: 1, plant.item(FURNACE).pk: 1, plant.item(COAL_IN).pk: 0,
    }  # fmt: skip


def test_the_worst_of_several_meters_counts(plant):
    Meter.objects.create(
        enterprise=plant.enterprise, manage_code="E-9", name="二号线", data_code=GRID,
        verified_on=date(2025, 1, 1), verify_next_on=date(2026, 11, 15),
    )  # fmt: skip
    assert flags(plant, date(2026, 11, 15), date(2026, 11, 17)) == [1, 4]


def test_a_stopped_meter_is_left_out_but_not_the_last_one(plant):
    Meter.objects.create(
        enterprise=plant.enterprise, manage_code="E-9", name="旧表", data_code=GRID, state=3,
        state_since=date(2026, 11, 16), verified_on=date(2025, 1, 1), verify_next_on=date(2026, 11, 14),
    )  # fmt: skip
    assert flags(plant, date(2026, 11, 15), date(2026, 11, 17)) == [4, 1]
    plant.event(kind="removal", at=datetime(2026, 11, 17, 8, tzinfo=BEIJING), initial_register=None)
    assert flags(plant, date(2026, 11, 16), date(2026, 11, 18)) == [1, 4]


def test_a_replacement_takes_the_certificate_away_until_the_new_one(plant):
    plant.event()  # on the 10th, without serial number
    plant.certificate(verified_on=date(2026, 11, 12), valid_until=date(2027, 11, 11))
    assert flags(plant, date(2026, 11, 9), date(2026, 11, 13)) == [1, 2, 2, 1]


def test_only_the_items_asked_for(plant):
    found = meter_validity(
        enterprise_ids=[plant.enterprise.pk], start=date(2026, 11, 1), end=date(2026, 11, 2),
        item_ids=[plant.item(FURNACE).pk],
    )  # fmt: skip
    assert found.item_id.tolist() == [plant.item(FURNACE).pk]


def test_meters_of_one_code_in_two_enterprises_stay_apart(plant, other):
    plant.certificate(result="failed", valid_until=None, verified_on=date(2026, 11, 20))
    day = {"start": date(2026, 11, 20), "end": date(2026, 11, 21)}
    assert (flags(plant, *day.values()), flags(other, *day.values())) == ([4], [1])


def test_nothing_asked_nothing_given():
    found = meter_validity(enterprise_ids=[], start=date(2026, 11, 1), end=date(2026, 11, 2))
    assert found.flags.shape == (0, 1)
    assert len(figures(enterprise_ids=[], months=[date(2026, 1, 1)])) == 0
    assert len(heating_values(enterprise_ids=[], start=date(2026, 1, 1), end=date(2026, 2, 1))) == 0


def queries(ask):
    with CaptureQueriesContext(
        connection,
    ) as seen:
        ask()
    return len(seen)


def test_the_number_of_queries_does_not_grow(codes):
    first = Plant("370612", 10)
    ids = [first.enterprise.pk]

    def ask():
        meter_validity(enterprise_ids=ids, start=date(2026, 11, 1), end=date(2026, 12, 1))
        figures(enterprise_ids=ids, months=[date(2026, 11, 1)])
        heating_values(enterprise_ids=ids, start=date(2026, 11, 1), end=date(2026, 12, 1))
        catch_up(enterprise_ids=ids, now=NOW)

    few = queries(ask)
    for number in range(11, 17):
        more = Plant("370612", number)
        more.certificate()
        more.event()
        ids.append(more.enterprise.pk)
    assert queries(ask) == few == 4 + 1 + 1 + 1


def put_figure(plant, kind, quantity, month=date(2026, 3, 1), key="raw_coal"):
    row = {"energy_key": key, "month": month, "kind": kind, "quantity": quantity, "entered_quantity": quantity,
           "entered_unit": "t", "document": ""}  # fmt: skip
    enter(**plant.owner, ledger=FIGURES, rows=[row])


def test_figures_are_columns_and_what_is_not_filed_is_nan(plant, other):
    put_figure(plant, "purchase", 100.0)
    put_figure(plant, "purchase", 110.0)
    put_figure(plant, "opening_stock", 0.0)
    put_figure(plant, "purchase", 7.0, month=date(2026, 4, 1))
    put_figure(other, "supplier", 5.0, key="electricity")
    found = figures(enterprise_ids=[plant.enterprise.pk, other.enterprise.pk], months=[date(2026, 3, 31)])
    assert found.energy_key.tolist() == ["raw_coal", "electricity"]
    assert found.month.tolist() == [date(2026, 3, 1)] * 2
    assert found.purchase[0] == 110.0
    assert found.opening_stock[0] == 0.0  # a zero is filed
    assert np.isnan([found.closing_stock[0], found.consumption[0], found.purchase[1]]).all()
    assert found.supplier[1] == 5.0


def test_heating_values_hold_until_the_next(plant):
    for day, value in ((date(2026, 1, 10), 20_900.0), (date(2026, 2, 5), 21_100.0), (date(2026, 3, 1), 19_800.0)):
        row = {"energy_key": "raw_coal", "from_day": day, "value": value, "unit": "kJ/kg", "laboratory": "",
               "report_number": f"H-{day}"}  # fmt: skip
        enter(**plant.owner, ledger=HEATING_VALUES, rows=[row])
    found = heating_values(enterprise_ids=[plant.enterprise.pk], start=date(2026, 2, 1), end=date(2026, 3, 1))
    assert found.value.tolist() == [20_900.0, 21_100.0]
    assert found.until_day.tolist() == [date(2026, 2, 5), date(2026, 3, 1)]
    on_the_day = heating_values(enterprise_ids=[plant.enterprise.pk], start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert (on_the_day.value.tolist(), on_the_day.until_day.tolist()) == ([19_800.0], [None])
    newest = HeatingValue.objects.get(value=19_800.0)
    withdraw(**plant.owner, ledger=HEATING_VALUES, row_id=newest.pk, reason="样品弄错")
    again = heating_values(enterprise_ids=[plant.enterprise.pk], start=date(2026, 3, 1), end=date(2026, 3, 2))
    assert again.value.tolist() == [21_100.0]
