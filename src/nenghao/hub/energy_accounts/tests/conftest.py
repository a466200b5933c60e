"""Plants whose month records are sent in one go: electricity with processes, coal in store, an own waste-heat plant."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.energy_accounts.computing import refresh
from nenghao.hub.energy_accounts.stating import ACCOUNT_RULES, ITEM_FLOWS
from nenghao.hub.evidence.entry import FIGURES, HEATING_VALUES, enter
from nenghao.hub.registry.codes import seed_codes
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.models import DataItem, Enterprise, Process, Region
from nenghao.hub.registry.sync import refresh as push
from nenghao.hub.registry.totals import with_totals
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

NOW = datetime(2026, 6, 21, 9, 30, tzinfo=BEIJING)
ACTOR = Actor.command("test")
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)
GRID, KILN, MILL = "00-00-0000-023300-10", "02-00-0000-023300-10", "01-00-0000-023300-10"
OWN_POWER, COAL, HEAT_OUT = "09-00-0000-023300-30", "00-00-0000-010100-10", "00-00-0000-023200-30"
WATER = "00-00-0000-030100-10"
KINDS = {
    GRID: ("electricity", "02", "3300", "kWh", 1), KILN: ("electricity", "02", "3300", "kWh", 2),
    MILL: ("electricity", "02", "3300", "kWh", 2), OWN_POWER: ("electricity", "02", "3300", "kWh", 2),
    COAL: ("raw_coal", "01", "0100", "t", 1), HEAT_OUT: ("heat", "02", "3200", "GJ", 1),
    WATER: ("fresh_water", "03", "0100", "m3", 1),
}  # fmt: skip


@pytest.fixture(scope="session")
def _codes_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        seed_codes()


@pytest.fixture
def codes(_codes_once, db):
    if not Region.objects.exists():
        seed_codes()


@pytest.fixture
def store(codes, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


class Plant:
    """One enterprise and short ways to send, enter and state."""

    def __init__(self, store, county, number, codes=tuple(KINDS)):
        self.store = store
        self.enterprise = Enterprise.objects.create(
            code=f"91370612MA3ACCO{number:03d}", name=f"核算{number}厂", region_id=county, industry_id="C3011",
            created_at=datetime(2026, 1, 5, tzinfo=BEIJING),
        )  # fmt: skip
        self.pk = self.enterprise.pk
        self.owner = {"actor": ACTOR, "now": NOW, "enterprise": self.enterprise}
        processes = {
            code: Process.objects.create(enterprise=self.enterprise, code=code, name=name)
            for code, name in (("01", "生料"), ("02", "烧成"), ("09", "余热发电"))
        }  # fmt: skip
        rows = [self._row(code, processes) for code in codes]
        put_data_items(**self.owner, rows=with_totals(self.enterprise, rows))
        push()
        self.items = dict(DataItem.objects.filter(enterprise=self.enterprise).values_list("data_code", "pk"))

    def _row(self, code, processes):
        energy, class_code, type_code, unit, scope = KINDS[code]
        process = processes.get(code[:2])
        return {
            "data_code": code, "name": code, "energy_key": energy, "class_code": class_code, "type_code": type_code,
            "usage_code": code[-2:], "wire_unit": unit, "base_unit": unit, "scope": scope, "stat_types": "2",
            "process_id": process.pk if process else None,
        }  # fmt: skip

    def send(self, month, **values):
        """Send month records by constant name: ``plant.send(MARCH, GRID=1000.0)``."""
        codes = [globals()[name] for name in values]
        self.store.submit(ReadingBatch(
            received_at=NOW, enterprise_id=self.pk, data_item_id=[self.items[code] for code in codes],
            stat_type=[2] * len(codes), period_start=[month.isoformat()] * len(codes), value=list(values.values()),
            state=[0] * len(codes), input_type=[4] * len(codes),
        )).result()  # fmt: skip
        self.store.rollup_pending()

    def file(self, month, energy="raw_coal", **figures):
        """File monthly figures: ``plant.file(MARCH, purchase=600.0)``."""
        enter(**self.owner, ledger=FIGURES, rows=[
            {"energy_key": energy, "month": month, "kind": kind, "quantity": quantity, "entered_quantity": quantity,
             "entered_unit": "t", "document": "发票"}
            for kind, quantity in figures.items()
        ])  # fmt: skip

    def heating(self, day, value):
        enter(**self.owner, ledger=HEATING_VALUES, rows=[{
            "energy_key": "raw_coal", "from_day": day, "value": value, "unit": "kJ/kg", "laboratory": "煤质室",
            "report_number": f"R-{day}",
        }])  # fmt: skip

    def state(self, code, month, flow, unit_code=""):
        enter(**self.owner, ledger=ITEM_FLOWS, rows=[
            {"data_item_id": self.items[code], "from_month": month, "flow": flow, "unit_code": unit_code}
        ])  # fmt: skip

    def rule(self, kind, month, content, subject=""):
        enter(**self.owner, ledger=ACCOUNT_RULES, rows=[
            {"kind": kind, "subject": subject, "from_month": month, "content": content, "basis": "测试"}
        ])  # fmt: skip


@pytest.fixture
def plant(store):
    return Plant(store, "370612", 1)


@pytest.fixture
def fresh(store):
    """Compute what is stale; give what was done."""
    return lambda **asked: refresh(store=store, now=NOW, **asked)
