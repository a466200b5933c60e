"""A trial run over real readings: the draft finds what it promises, and nothing is kept."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from nenghao.hub.quality_rules.trial import run_trial
from nenghao.hub.registry.configuration import put_data_items
from nenghao.hub.registry.sync import refresh
from nenghao.hub.store import close_store, get_store
from nenghao.periods import BEIJING
from nenghao.readings import ReadingBatch

from .conftest import ACTOR, YANTAI

DAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 11, 2, 30, tzinfo=BEIJING)
HOURLY = {
    "data_code": "00-00-0000-023300-10", "name": "总电", "usage_code": "10", "scope": 1, "energy_key": "electricity",
    "class_code": "02", "type_code": "3300", "wire_unit": "万kWh", "base_unit": "kWh", "wire_to_base": 1e4,
    "stat_types": "0", "realtime_minutes": 60, "counts_in_total": True,
}  # fmt: skip


@pytest.fixture
def stuck_plant(db, settings, tmp_path, enterprise):
    """A plant whose meter stood still for the eighteen hours from 03:00 of the day."""
    settings.NENGHAO_DATA_DIR = tmp_path
    plant = enterprise(YANTAI)
    put_data_items(actor=ACTOR, now=NOW, enterprise=plant, rows=[HOURLY])
    refresh()
    start = np.datetime64(DAY, "s")
    values = 500.0 + np.random.default_rng(7).random(24) * 100
    values[3:21] = 512.5
    get_store().submit(ReadingBatch(
        received_at=datetime(2026, 3, 10, 1, tzinfo=BEIJING), enterprise_id=plant.pk,
        data_item_id=[plant.data_items.get().pk] * 24, stat_type=[0] * 24,
        period_start=[start + np.timedelta64(hour, "h") for hour in range(24)], value=values, state=[0] * 24,
        input_type=[4] * 24,
    )).result(30)  # fmt: skip
    yield plant
    close_store()


def kept(store):
    """Count what checks leave behind."""
    tables = ("quality_count", "quality_finding", "reading")
    return [store.cursor().execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]


def try_out(draft):
    return run_trial(
        actor=ACTOR, now=NOW, store=get_store(), edition=draft, start=DAY, end=DAY + timedelta(days=1)
    )  # fmt: skip


def changed(ran):
    return {
        (r["check_code"], r["flag"]): (r["gained"], r["lost"]) for r in ran.result["flags"] if r["gained"] or r["lost"]
    }


def test_a_stricter_flat_line_turns_suspect_slots_into_failed_ones(stuck_plant, edition):
    """Shipped: 12 slots suspect, 96 fail. The draft fails at 16: the 18 slots are failed, and no longer suspect."""
    before = kept(get_store())
    ran = try_out(edition(YANTAI, fail=16.0))
    assert changed(ran) == {("flat-line", 4): (18, 0), ("flat-line", 3): (0, 18)}
    assert ran.result["scores"] == []
    assert kept(get_store()) == before


def _judged(checks, *, suspect):
    """Leave only checks that can judge an item on its first day: the others would say that they do not know."""
    on = {"completeness", "timeliness", "flat-line"}
    return {
        code: check | {"enabled": code in on} | ({"suspect": suspect} if code == "flat-line" else {})
        for code, check in checks.items()
    }


def test_a_laxer_flat_line_gives_the_points_back(stuck_plant, edition, regions):
    """Without processes 10, 30 and 20 count. 6 of 24 good: (10 + 30 + 20·0.25) ÷ 60 = 75; all good: 100."""
    draft = edition(YANTAI, fail=96.0)
    checks = draft.content["checks"]
    edition(YANTAI, "2026-01-01", fail=96.0, change={"checks": _judged(checks, suspect=12.0)})
    draft.content = draft.content | {"checks": _judged(checks, suspect=24.0)}
    draft.save()
    ran = try_out(draft)
    assert changed(ran) == {("flat-line", 3): (0, 18)}
    (row,) = ran.result["scores"]
    assert (row["before"], row["after"]) == pytest.approx((75.0, 100.0))


def test_the_page_runs_it_and_shows_the_result(stuck_plant, edition, officer, browse):
    draft = edition(YANTAI, fail=16.0)
    own = browse(officer(YANTAI))
    answer = own.post(f"/rules/{draft.pk}/trials/", {"start": "2026-03-09", "end": "2026-03-09"}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[0][0] == f"/rules/{draft.pk}/trials/{draft.trials.get().pk}/"
    assert "+18" in html
    assert "−18" in html
