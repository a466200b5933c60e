"""The analysis pages of real accounts: own node, groups, comparison, Excel, and what another node is refused."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.test import Client
from openpyxl import load_workbook

from nenghao.hub.accounts.services import create_account
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.stating import state_equivalent
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, NOW, Plant, _codes_once, codes, store  # noqa: F401
from nenghao.hub.evidence.models import Via
from nenghao.hub.production.models import EconomicFigure, EconomicKind
from nenghao.hub.registry.models import Region

MONTHS = {date(2025, 3, 1): 1.0, date(2026, 2, 1): 1.5, date(2026, 3, 1): 2.0}


@pytest.fixture
def plants(store):  # noqa: F811
    """Two plants in two counties: electricity of three months, the first doubles its value added with it."""
    made = [Plant(store, county, number) for number, county in enumerate(("370612", "370613"), start=1)]
    for number, plant in enumerate(made, start=1):
        for month, times in MONTHS.items():
            plant.send(month, GRID=1_000_000.0 * number * times)
            EconomicFigure.objects.create(
                enterprise_id=plant.pk, month=month, kind=EconomicKind.VALUE_ADDED_CONSTANT, amount_yuan=1e7 * times,
                version=1, entered_at=NOW, entered_by="x", via=Via.FORM,
            )  # fmt: skip
    refresh(store=store, enterprise_ids=[plant.pk for plant in made], months=list(MONTHS), now=NOW)
    return made


def sign_in(username, role, **node):
    password = "Luzhou-1234-blast"
    create_account(actor=ACTOR, now=NOW, username=username, password=password, role=role, **node)
    client = Client()
    assert client.login(username=username, password=password)
    return client


@pytest.fixture
def officer(plants):
    return sign_in("officer", "officer", region=Region.objects.get(code="370600"))


def test_a_regions_page_answers_how_it_moved(officer, plants):
    assert officer.get("/analysis/")["Location"] == "/analysis/regions/370600/"
    answer = officer.get("/analysis/regions/370600/?period=2026-03")
    found = answer.context["found"]
    # (1 + 2) million kWh × 2 × 0.1229 kgce/kWh = 737.4 tce, twice the year before and a third more than February
    assert found.on_year.now == pytest.approx(737.4)
    assert (found.on_year.change, found.on_month.change) == (pytest.approx(1.0), pytest.approx(1 / 3))
    assert found.effects.activity == pytest.approx(368.7)
    assert found.effects.intensity == pytest.approx(0, abs=1e-9)
    assert [line.label for line in found.lines] == ["福山区" if p.enterprise.region_id == "370611" else
                                                    p.enterprise.region.name for p in reversed(plants)]  # fmt: skip
    assert "737.40" in answer.content.decode()


def test_every_view_of_it_draws(officer):
    for query in ("by=industry", "by=enterprise", "against=month", "against=cumulative", "by=no&against=no"):
        answer = officer.get(f"/analysis/regions/370600/?period=2026-03&{query}")
        assert answer.status_code == 200, query
        assert answer.context["found"].lines, query
    empty = officer.get("/analysis/regions/370600/?period=2024-05").content.decode()
    assert "没有核算数据" in empty  # and says what to do


def state_equivalents(store, *years):  # noqa: F811
    """State 0.3 kgce/kWh for the city and compute the accounts anew."""
    for year in years:
        state_equivalent(
            actor=ACTOR, account=None, now=NOW, region=Region.objects.get(code="370600"), energy_key="electricity",
            year=year, kgce_per_unit=0.3, source="市统计局",
        )  # fmt: skip
    refresh(store=store, now=NOW)


def test_the_equivalent_basis_goes_with_every_link_and_file(officer, plants, store):  # noqa: F811
    state_equivalents(store, 2025, 2026)
    address = "/analysis/regions/370600/?period=2026-03&basis=equivalent"
    answer = officer.get(address + "&by=enterprise")
    found = answer.context["found"]
    # (1 + 2) million kWh × 2 × 0.3 kgce/kWh = 1,800 tce, twice the year before
    assert (found.on_year.now, found.on_year.change) == (pytest.approx(1800.0), pytest.approx(1.0))
    assert found.effects.activity == pytest.approx(900.0)
    page = answer.content.decode()
    assert "综合能耗（等价值）" in page
    assert f"/analysis/enterprises/{plants[0].enterprise.code}/?period=2026-03&amp;basis=equivalent" in page
    book = load_workbook(io.BytesIO(b"".join(officer.get(address + "&by=enterprise&format=xlsx").streaming_content)))
    assert list(book.worksheets[0].values)[1][:2] == ("核算2厂", pytest.approx(1200.0))
    assert any("等价值" in str(cell) for row in book.worksheets[1].values for cell in row)


def test_what_nobody_stated_is_left_out_and_said(officer, store):  # noqa: F811
    address = "/analysis/regions/370600/?period=2026-03&basis=equivalent"
    answer = officer.get(address)
    assert (answer.context["found"].on_year.now, answer.context["found"].facts.untold) == (None, 2)
    assert "2 家没有给定等价值，未计入" in answer.content.decode()
    state_equivalents(store, 2026)
    found = officer.get(address).context["found"]
    assert (found.on_year.now, found.on_year.change, found.facts.untold) == (pytest.approx(1800.0), None, 0)


def test_excel_holds_the_table(officer):
    answer = officer.get("/analysis/regions/370600/?period=2026-03&by=enterprise&format=xlsx")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.worksheets[0].values)
    assert rows[1][:2] == ("核算2厂", pytest.approx(491.6))
    assert rows[0][0] == "用能单位"


def test_an_enterprise_sees_its_energies_and_nobody_elses(plants):
    client = sign_in("manager", "energy_manager", enterprise=plants[0].enterprise)
    own = f"/analysis/enterprises/{plants[0].enterprise.code}/"
    assert client.get("/analysis/")["Location"] == own
    found = client.get(own + "?period=2026-03").context["found"]
    assert [line.label for line in found.lines] == ["电力"]
    assert found.on_year.now == pytest.approx(245.8)
    assert client.get(f"/analysis/enterprises/{plants[1].enterprise.code}/").status_code in (403, 404)
    assert client.get("/analysis/regions/370600/").status_code in (403, 404)
