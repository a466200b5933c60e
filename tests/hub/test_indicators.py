"""Indicators on pages: from readings, ledgers and output values to the number, by hand; definitions; who sees what."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from nenghao.accounting.indicators import definition_to, shipped
from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.stale import mark
from nenghao.hub.evidence.models import FigureKind, MonthlyFigure
from nenghao.hub.indicators import services, views
from nenghao.hub.indicators.models import OwnIndicator
from nenghao.hub.indicators.spans import Compared, chosen
from nenghao.hub.monitoring.span import parse_span
from nenghao.hub.production.models import EconomicFigure, Product, ProductOutput
from nenghao.periods import BEIJING

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("officer")
BY_KEY = {one.key: one for one in shipped()}


def filed(place, month, *, kwh, gas_m3=0.0, value=None):
    """File a month by hand: electricity, gas, output value."""
    entered = {"enterprise": place.enterprise, "month": month, "entered_by": "x", "entered_at": NOW}
    for key, quantity, unit in (("electricity", kwh, "kWh"), ("natural_gas", gas_m3, "m3")):
        MonthlyFigure.objects.create(
            **entered, energy_key=key, kind=FigureKind.CONSUMPTION, quantity=quantity, entered_quantity=quantity,
            entered_unit=unit,
        )  # fmt: skip
    if value is not None:
        EconomicFigure.objects.create(**entered, kind="output_value_constant", amount_yuan=value, price_year=2025)
    mark([place.enterprise.pk], [(month, month + timedelta(days=31))])


@pytest.fixture
def january(yantai, jinan, store):
    # Yantai: 1,000,000 kWh = 122.9 tce; Jinan: 2,000,000 kWh = 245.8 tce.
    filed(yantai, date(2026, 1, 1), kwh=1e6, value=1e7)
    filed(jinan, date(2026, 1, 1), kwh=2e6, value=1e7)
    filed(yantai, date(2025, 1, 1), kwh=1.1e6, value=1e7)
    refresh(store=store, now=NOW)
    return store


def value_of(store, places, key, month=date(2026, 1, 1)):
    ids = [place.enterprise.pk for place in places]
    end = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    found = services.values(store=store, definitions=shipped(), enterprise_ids=ids, start=month, end=end)
    return found.by_key[key].value.tolist()


def test_energy_per_output_value_by_hand(january, yantai, jinan):
    # 122.9 tce over 10,000,000 yuan is 0.1229 tce/万元.
    assert value_of(january, [yantai, jinan], "energy-per-output-value") == pytest.approx([0.1229, 0.2458])
    assert value_of(january, [yantai], "electricity-per-output-value") == pytest.approx([1000.0])
    assert value_of(january, [yantai], "share-of-electricity") == pytest.approx([100.0])
    assert value_of(january, [yantai], "share-of-coal") == [0.0]


def test_what_nobody_filed_is_not_zero(january, yantai):
    assert np.isnan(value_of(january, [yantai], "energy-per-value-added")).all()
    assert np.isnan(value_of(january, [yantai], "energy-per-output-value", date(2026, 2, 1))).all()


def test_co2_is_an_estimate_until_the_grid_factor_of_the_year_is_published(january, client, yantai):
    # 1,000 MWh at 0.5306 tCO2/MWh, the factor of 2023: the newest that is known.
    assert value_of(january, [yantai], "co2-from-energy") == pytest.approx([530.6])
    asked = {"store": january, "enterprise_ids": [yantai.enterprise.pk], "definitions": [BY_KEY["co2-from-energy"]]}
    found = services.values(**asked, start=date(2026, 1, 1), end=date(2026, 2, 1))
    assert found.unverified(BY_KEY["co2-from-energy"]).tolist() == [True]
    assert found.estimated_years(BY_KEY["co2-from-energy"]) == (2023,)
    client.force_login(yantai.manager)
    page = client.get(f"/indicators/enterprises/{yantai.enterprise.code}/?period=2026-01").content.decode()
    assert page.count("暂用已公布的 2023 年因子") == 2  # the total and per output value; nothing else is an estimate


def test_co2_of_a_year_with_its_own_factor_is_no_estimate(store, yantai):
    filed(yantai, date(2023, 1, 1), kwh=1e6, gas_m3=0.0)
    refresh(store=store, now=NOW)
    asked = {"store": store, "enterprise_ids": [yantai.enterprise.pk], "definitions": [BY_KEY["co2-from-energy"]]}
    found = services.values(**asked, start=date(2023, 1, 1), end=date(2023, 2, 1))
    assert found.by_key["co2-from-energy"].value.tolist() == pytest.approx([530.6])
    assert found.estimated_years(BY_KEY["co2-from-energy"]) == ()
    assert found.unverified(BY_KEY["co2-from-energy"]).tolist() == [False]


def test_unit_consumption_of_a_product_by_hand(january, yantai):
    product = Product.objects.create(enterprise=yantai.enterprise, code="p", name="钢", unit="t")
    ProductOutput.objects.create(
        product=product, enterprise=yantai.enterprise, month=date(2026, 1, 1), quantity=2000, entered_by="x",
        entered_at=NOW,
    )  # fmt: skip
    assert value_of(january, [yantai], "unit-product-consumption") == pytest.approx([61.45])  # 122.9 t ÷ 2000 t
    assert value_of(january, [yantai], "unit-product-electricity") == pytest.approx([500.0])


def test_the_regions_page_divides_sums(january, client, account, yantai, jinan):
    client.force_login(account("officer", "370000"))
    page = client.get("/indicators/regions/370000/?period=2026-01").content.decode()
    assert "0.1844" in page  # (122.9 + 245.8) ÷ 20,000,000 × 10,000 = 0.18435; a mean of ratios is the same by chance
    page = client.get("/indicators/regions/370000/energy-per-output-value/?period=2026-01").content.decode()
    assert yantai.enterprise.name in page
    assert jinan.enterprise.name in page
    assert (
        client.get("/indicators/regions/370000/energy-per-output-value/?period=2026-01&format=xlsx").status_code == 200
    )


def test_a_year_ago_stands_beside(january, client, yantai):
    client.force_login(yantai.manager)
    page = client.get(f"/indicators/enterprises/{yantai.enterprise.code}/?period=2026-01").content.decode()
    assert "0.1229" in page
    assert "0.1352" in page  # 1,100,000 kWh a year ago


@pytest.mark.parametrize("text", ["2026-01", "2026-02", "2026"])
def test_months_loaded_apart_are_those_loaded_together(january, yantai, jinan, text):
    compared = Compared.of(parse_span(text), NOW.astimezone(BEIJING))
    ids = [yantai.enterprise.pk, jinan.enterprise.pk]
    for apart, whole in zip(
        views.load(shipped(), ids, compared.windows), views.load(shipped(), ids, [(compared.load_from, compared.end)]),
        strict=True,
    ):  # fmt: skip
        for columns in (compared.now, compared.before, compared.year_ago):
            ours, theirs = columns(apart), columns(whole)
            assert apart.months[ours].tolist() == whole.months[theirs].tolist()
            assert apart.facts.keys() == whole.facts.keys()
            for name, matrix in whole.facts.items():
                np.testing.assert_array_equal(apart.facts[name][:, ours], matrix[:, theirs])
            for name, years in whole.estimated.items():
                np.testing.assert_array_equal(apart.estimated[name][:, ours], years[:, theirs])


def test_another_citys_pages_are_not_there(january, client, yantai, jinan):
    client.force_login(jinan.officer)
    for url in (
        f"/indicators/regions/{yantai.enterprise.region_id}/", f"/indicators/enterprises/{yantai.enterprise.code}/",
        f"/indicators/regions/{yantai.enterprise.region_id}/energy-per-output-value/",
    ):  # fmt: skip
        assert client.get(url).status_code == 404, url


OWN = {
    "key": "gas-per-value", "title_zh": "单位产值气耗", "title_en": "gas per value", "unit": "m3/万元",
    "numerator": ["energy:natural_gas"], "denominator": ["value:output_value_constant"], "factor": 1e4,
}  # fmt: skip


def save(region, **changes):
    return services.save_definition(actor=ACTOR, now=NOW, region=region, content=OWN | changes)


def test_an_officers_own_indicator_applies_below(yantai, jinan):
    save(yantai.enterprise.region)
    assert services.definition_for(yantai.enterprise.region.path, "gas-per-value") is not None
    assert services.definition_for(jinan.enterprise.region.path, "gas-per-value") is None


def test_a_change_is_a_version_with_a_reason(yantai):
    region = yantai.enterprise.region
    save(region)
    with pytest.raises(NenghaoError, match="reason"):
        save(region, unit="m3")
    services.save_definition(actor=ACTOR, now=NOW, region=region, content=OWN | {"unit": "m3"}, reason="改单位")
    assert list(OwnIndicator.objects.order_by("version").values_list("version", "is_current")) == [
        (1, False),
        (2, True),
    ]


def test_shipped_keys_and_bad_terms_are_refused(yantai):
    for content in (definition_to(BY_KEY["co2-from-energy"]), OWN | {"numerator": ["gdp"]}):
        with pytest.raises(NenghaoError):
            services.save_definition(actor=ACTOR, now=NOW, region=yantai.enterprise.region, content=content)


def test_the_form_keeps_what_was_typed(client, yantai):
    client.force_login(yantai.officer)
    typed = {
        "key": "gas-per-value", "title_zh": "单位产值气耗", "title_en": "gas", "unit": "m3/万元", "kind": "ratio",
        "subject": "enterprise", "numerator": "energy:gas", "denominator": "value:output_value_constant",
        "factor": "10000",
        "better": "lower", "active": "on",
    }  # fmt: skip
    refused = client.post("/indicators/definitions/new/", typed)
    assert "energy:gas" in refused.content.decode()
    assert not OwnIndicator.objects.exists()
    typed["numerator"] = "energy:natural_gas"
    assert client.post("/indicators/definitions/new/", typed).status_code == 302
    assert "单位产值气耗" in client.get("/indicators/definitions/").content.decode()


@pytest.mark.parametrize(
    ("text", "start", "end", "count"),
    [
        ("2026-02", date(2026, 2, 1), date(2026, 3, 1), 1), ("2026", date(2026, 1, 1), date(2026, 3, 1), 2),
        ("2025", date(2025, 1, 1), date(2026, 1, 1), 12), ("", date(2026, 2, 1), date(2026, 3, 1), 1),
    ],
)  # fmt: skip
def test_a_running_year_counts_the_months_that_are_over(text, start, end, count):
    now = datetime(2026, 3, 4, 12, tzinfo=BEIJING)
    compared = Compared.of(chosen(text, now), now)
    assert (compared.start, compared.end, compared.count) == (start, end, count)
    assert parse_span("2026").text == "2026"
