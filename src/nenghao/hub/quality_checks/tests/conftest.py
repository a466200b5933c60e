"""Two enterprises with a plant and a process item each, and an open store to send to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.models import Industry, Region
from nenghao.hub.registry.services import create_enterprise
from nenghao.hub.registry.sync import refresh
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

DAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 11, 2, 30, tzinfo=BEIJING)
ACTOR = Actor.command("test")
HOURLY = {
    "energy_key": "electricity", "class_code": "02", "type_code": "3300", "wire_unit": "万kWh", "base_unit": "kWh",
    "wire_to_base": 1e4, "stat_types": "012", "realtime_minutes": 60,
}  # fmt: skip


@pytest.fixture
def store(db, settings, tmp_path):
    settings.NENGHAO_DATA_DIR = tmp_path
    yield get_store()
    close_store()


@pytest.fixture
def plants(store):
    """Give the two enterprises; each has ``plant`` and ``process``, keys of its data items."""
    region, _ = Region.objects.get_or_create(
        code="370600", defaults={"name": "烟台市", "level": "city", "path": "000000/370000/370600/"}
    )
    industry, _ = Industry.objects.get_or_create(code="C31", defaults={"name": "黑色金属冶炼", "level": "division"})
    made = []
    for number in (1, 2):
        enterprise = create_enterprise(
            actor=ACTOR, now=NOW, code=f"9137060000000000{number}X", name=f"企业{number}", region=region,
            industry=industry, check_code=False,
        )  # fmt: skip
        put_data_items(actor=ACTOR, now=NOW, enterprise=enterprise, rows=[
            HOURLY | {"data_code": "00-00-0000-023300-10", "name": "总电", "usage_code": "10", "scope": 1,
                      "counts_in_total": True},
            HOURLY | {"data_code": "04-00-0000-023300-40", "name": "高炉", "usage_code": "40", "scope": 2},
        ])  # fmt: skip
        plant, process = enterprise.data_items.order_by("data_code").values_list("pk", flat=True)
        made.append(SimpleNamespace(id=enterprise.pk, enterprise=enterprise, plant=plant, process=process))
    refresh()
    return made


@pytest.fixture
def send(store):
    """Send values of one series from a start on: hours for statistic type 0, days for 1, months for 2."""

    def sending(enterprise_id, item, start, values, *, stat_type=0, received=None, **facts):
        step = {0: "m8[h]", 1: "m8[D]", 2: "m8[M]"}[stat_type]
        unit = "M" if stat_type == 2 else "s"
        starts = np.datetime64(start, unit) + np.arange(len(values)).astype(step)
        known = ~np.isnan(np.asarray(values, dtype=float))
        received = received or datetime.combine(start + timedelta(days=1), datetime.min.time()) + timedelta(hours=1)
        return store.submit(ReadingBatch(
            received_at=received, enterprise_id=enterprise_id, data_item_id=np.full(known.sum(), item),
            stat_type=np.full(known.sum(), stat_type), period_start=starts.astype("M8[s]")[known],
            value=np.asarray(values, dtype=float)[known], state=np.zeros(known.sum()),
            input_type=np.full(known.sum(), 4), **facts,
        )).result(30)  # fmt: skip

    return sending


def hours(level=10.0, day=0):
    """Give a day's hours that go up and down, different on every day."""
    return level + np.sin(np.arange(24) / 3.7 + day) + np.arange(24) % 3 / 7
