"""The pages: what an officer and an energy manager see and state, and that a figure unfolds down to its sources."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from openpyxl import load_workbook

from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.energy_accounts.models import AccountRule, ClosedAccount, EquivalentValue, ItemFlow, StaleSpan
from nenghao.hub.energy_accounts.tests.conftest import ACTOR, APRIL, GRID, MARCH, NOW, OWN_POWER, Plant
from nenghao.hub.registry.models import Region

PASSWORD = "Luzhou-1234-blast"
BASE = "/accounts-of-energy/"


@pytest.fixture
def sign_in(store):
    def make(role, *, region=None, enterprise=None):
        at = Region.objects.get(code=region) if region else None
        name = f"{role}{region or enterprise.pk}"
        create_account(
            actor=ACTOR, now=NOW, username=name, password=PASSWORD, role=role, region=at, enterprise=enterprise
        )
        client = Client()
        assert client.login(username=name, password=PASSWORD)
        return client

    return make


@pytest.fixture
def filled(plant, fresh):
    """A plant with own power, stocks and processes, in two months."""
    plant.state(OWN_POWER, MARCH, "produced", "09")
    for month, scale in ((MARCH, 1.0), (APRIL, 1.1)):
        plant.send(month, GRID=1000.0 * scale, KILN=600.0, MILL=300.0, OWN_POWER=150.0, COAL=50.0, WATER=100.0)
        plant.file(month, purchase=60.0, opening_stock=10.0, closing_stock=12.0, transformed=5.0)
    fresh()
    return plant


def book_of(response):
    return load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def test_everyone_comes_to_the_own_node(filled, sign_in):
    officer, manager = sign_in("officer", region="370600"), sign_in("energy_manager", enterprise=filled.enterprise)
    assert officer.get(BASE).url == f"{BASE}regions/370600/"
    assert manager.get(f"{BASE}?period=2026-03").url == f"{BASE}enterprises/{filled.enterprise.code}/?period=2026-03"
    assert sign_in("institution", region="370600").get(BASE).status_code == 403


def test_a_region_shows_totals_comparisons_and_who_is_out_of_balance(filled, sign_in, store):
    officer = sign_in("officer", region="370600")
    page = officer.get(f"{BASE}regions/370600/?period=2026-04").content.decode()
    # (1100 − … ) electricity 1100 × 0.1229 + coal 50 × 714.3 + water 100 × 0.2571 = 35.88 tce
    assert "35.88" in page
    assert filled.enterprise.name in page
    assert "1 份核算缺等价值" in page
    for table, title in (("energies", "能源品种"), ("industries", "行业"), ("subregions", "地区")):
        book = book_of(officer.get(f"{BASE}regions/370600/?period=2026-04&format=xlsx&table={table}"))
        assert title in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
    assert officer.get(f"{BASE}regions/370600/?format=xlsx&table=strange").status_code == 404
    assert "没有核算" in officer.get(f"{BASE}regions/370600/?period=2020-01").content.decode()


def test_an_enterprise_sees_its_table_with_factor_clause_and_rules(filled, sign_in):
    manager = sign_in("energy_manager", enterprise=filled.enterprise)
    page = manager.get(f"{BASE}enterprises/{filled.enterprise.code}/?period=2026-03").content.decode()
    for words in ("GB/T 2589-2020", "150.00", "60.00", "无法确定"):
        assert words in page
    sheet = book_of(manager.get(f"{BASE}enterprises/{filled.enterprise.code}/?period=2026-03&format=xlsx"))
    rows = {row[0]: row for row in sheet.worksheets[0].iter_rows(values_only=True)}
    heads = next(row for name, row in rows.items() if name == "能源品种")
    assert rows["原煤"][heads.index("计入数量")] == 50.0
    assert rows["原煤"][heads.index("系数出处")].startswith("GB/T 2589-2020")
    year = manager.get(f"{BASE}enterprises/{filled.enterprise.code}/?period=2026").content.decode()
    assert "100.00" in year  # two months of coal


def test_the_balance_shows_flows_processes_and_the_imbalance(filled, sign_in):
    manager = sign_in("energy_manager", enterprise=filled.enterprise)
    address = f"{BASE}enterprises/{filled.enterprise.code}/balance/?period=2026-03"
    page = manager.get(address).content.decode()
    assert "烧成" in page
    physical = manager.get(f"{address}&energy=electricity")
    chart = physical.context["balance"].chart
    into = sum(link["value"] for link in chart["links"] if link["target"] == "energy")
    out = sum(link["value"] for link in chart["links"] if link["source"] == "energy")
    assert into == pytest.approx(out) == pytest.approx(1150.0)
    coal = manager.get(f"{address}&energy=raw_coal").context["balance"].chart
    assert any("平衡差" in node["label"] for node in coal["nodes"])  # 60 + 10 − 12 against 50
    assert book_of(manager.get(f"{address}&format=xlsx")).worksheets


def test_a_figure_unfolds_to_items_documents_factors_and_clauses(filled, sign_in):
    manager = sign_in("energy_manager", enterprise=filled.enterprise)
    address = f"{BASE}enterprises/{filled.enterprise.code}/trace/?period=2026-03"
    page = manager.get(address).content.decode()
    for words in (GRID, "台账：购进量（发票）", "由平衡推算", "figures/electricity/", "714.3", "gbt2589-2020"):
        assert words in page, words
    book = book_of(manager.get(f"{address}&energy=raw_coal&format=xlsx"))
    told = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert any("原煤" in str(value) for value in told)
    assert not any("电力" in str(value) for value in told)
    assert manager.get(f"{address}&basis=equivalent").status_code == 200


def test_a_manager_states_flow_and_boundary_and_withdraws(filled, sign_in, fresh):
    manager = sign_in("energy_manager", enterprise=filled.enterprise)
    address = f"{BASE}enterprises/{filled.enterprise.code}/rules/"
    given = {"form": "flow", "item": filled.items[GRID], "flow": "none", "unit_code": "", "from_month": "2026-04"}
    assert manager.post(address, given | {"reason": "并入他表"}).status_code == 302
    row = ItemFlow.objects.get(data_item=filled.items[GRID])
    assert (row.flow, row.from_month, row.entered_by) == ("none", APRIL, f"energy_manager{filled.pk}")
    assert StaleSpan.objects.get().from_month == APRIL
    assert AuditEntry.objects.filter(action="item-flow-entered").count() == 2
    assert manager.post(address, {"form": "boundary", "outside": ["01"], "from_month": "2026-04"}).status_code == 400
    kept = {"form": "boundary", "outside": ["01"], "from_month": "2026-04", "basis": "租出车间"}
    assert manager.post(address, kept).status_code == 302
    assert AccountRule.objects.get().content == {"outside": ["01"]}
    page = manager.get(address).content.decode()
    assert "边界之外：生料" in page
    withdrawn = {"form": "withdraw", "ledger": "item-flow", "row": row.pk, "reason": "误录"}
    assert manager.post(address, withdrawn).status_code == 302
    assert ItemFlow.objects.get(data_item=filled.items[GRID], is_current=True).withdrawn


def test_fixed_ratios_must_add_up(filled, sign_in):
    from nenghao.hub.production.models import Product

    for code in ("P1", "P2"):
        Product.objects.create(enterprise=filled.enterprise, code=code, name=code, unit="t")
    manager = sign_in("energy_manager", enterprise=filled.enterprise)
    address = f"{BASE}enterprises/{filled.enterprise.code}/rules/"
    given = {
        "form": "allocation",
        "energy": "",
        "process": "",
        "method": "ratio",
        "from_month": "2026-03",
        "basis": "x",
    }
    for shares in ("P1=0.6,P2=0.3", "P1=1.2,P2=-0.2", "P9=1", "P1"):
        assert manager.post(address, given | {"shares": shares}).status_code == 400
    assert manager.post(address, given | {"shares": "P1=0.6，P2=0.4"}).status_code == 302
    page = manager.get(f"{BASE}enterprises/{filled.enterprise.code}/?period=2026-03")
    borne = {row.product.code: row.tce for row in page.context["accounts"].products}
    assert borne["P1"] == pytest.approx(0.6 * page.context["accounts"].figure.tce)
    assert borne["P2"] == pytest.approx(0.4 * page.context["accounts"].figure.tce)


def test_an_officer_states_the_equivalent_value_of_the_own_region_only(filled, sign_in, fresh):
    officer, manager = sign_in("officer", region="370600"), sign_in("energy_manager", enterprise=filled.enterprise)
    given = {"form": "state", "energy": "electricity", "year": 2026, "kgce_per_unit": 0.3, "source": "统计局"}
    assert officer.post(f"{BASE}regions/370000/equivalents/", given).status_code == 404
    assert manager.post(f"{BASE}regions/370600/equivalents/", given).status_code == 404
    assert officer.post(f"{BASE}regions/370600/equivalents/", given | {"kgce_per_unit": 30}).status_code == 400
    assert not EquivalentValue.objects.exists()
    assert officer.post(f"{BASE}regions/370600/equivalents/", given).status_code == 302
    assert fresh().changed == 2
    page = officer.get(f"{BASE}regions/370600/?period=2026-03").content.decode()
    # 1000 × 0.3 + 50 × 714.3 + 100 × 0.2571
    assert "36.04" in page
    row = EquivalentValue.objects.get()
    withdrawn = {"form": "withdraw", "row": row.pk, "reason": "误录"}
    assert officer.post(f"{BASE}regions/370600/equivalents/", withdrawn).status_code == 302
    fresh()
    assert "份核算缺等价值" in officer.get(f"{BASE}regions/370600/?period=2026-03").content.decode()


def test_nobody_else_sees_or_states(filled, store, sign_in):
    other = Plant(store, "370212", 2, codes=(GRID,))
    stranger, neighbour = sign_in("officer", region="370200"), sign_in("energy_manager", enterprise=other.enterprise)
    for client in (stranger, neighbour):
        for page in ("", "balance/", "trace/", "rules/"):
            assert client.get(f"{BASE}enterprises/{filled.enterprise.code}/{page}").status_code == 404
        assert client.post(f"{BASE}enterprises/{filled.enterprise.code}/rules/", {"form": "flow"}).status_code == 404
        assert client.get(f"{BASE}regions/370600/").status_code == 404
    operator = sign_in("operator", region="370600")
    assert operator.post(f"{BASE}enterprises/{filled.enterprise.code}/rules/", {"form": "flow"}).status_code == 403


def test_closing_a_month_keeps_its_account(filled, store, sign_in):
    from nenghao.hub.accounts.models import Account
    from nenghao.hub.corrections.closing import close_months

    sign_in("officer", region="370600")
    officer = Account.objects.get(username="officer370600")
    filled.send(MARCH, GRID=2000.0)  # not computed yet: closing brings the account up to date
    close_months(actor=ACTOR, account=officer, now=NOW, store=store, enterprise_ids=[filled.pk], month=MARCH)
    kept = ClosedAccount.objects.get()
    assert kept.tce_calorific == pytest.approx((2000 * 0.1229 + 50 * 714.3 + 100 * 0.2571) / 1000)
    assert {line["sources"] for line in kept.lines} >= {f"reading:{GRID}", "ledger:purchase"}
    assert kept.closed_month.tce is not None
