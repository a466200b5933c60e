"""Outdated models in the equipment register: column, filter, workbook, enterprise page, and facts of the nameplate."""

from __future__ import annotations

import io
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from nenghao.errors import NenghaoError
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.configuration import put_equipment
from nenghao.hub.registry.models import Equipment
from nenghao.hub.registry.nameplates import state_nameplate
from nenghao.hub.registry.outdated import Outdated, judgement_of, outdated_counts

NOW = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("test")
PIECES = (
    ("主电机", "YB-160M-4", None), ("水泵电机", "Y2-160M-4", 2012), ("老电机", "J02-51-4", 1978),
    ("1#变压器", "SCB14-1600/10", 2021), ("无型号", "", None),
)  # fmt: skip


@pytest.fixture
def plant(yantai):
    for number, (name, model, year) in enumerate(PIECES, start=10):
        Equipment.objects.create(
            enterprise=yantai.enterprise, type_code="01", number=str(number), name=name, model=model,
            commissioned_on=year and date(year, 5, 1),
        )  # fmt: skip
    return yantai


def path_of(place):
    return f"/enterprises/{place.enterprise.code}/registry/equipment/"


def shown(client, address):
    return client.get(address).content.decode()


def piece(place, name):
    return Equipment.objects.get(enterprise=place.enterprise, name=name)


def test_the_register_says_what_is_outdated_and_why(plant, browse):
    text = shown(browse(plant.manager), path_of(plant))
    assert "工信部公告2014年第16号（第三批）第 1-4 项" in text
    assert "停止使用期限：立即停止使用" in text
    assert "尚不能确定：2012 年投运，生产年份未知" in text
    assert text.count("可能淘汰</span>") == 2  # each with 待核 beside it
    english = browse(plant.officer)
    english.post("/language/", {"language": "en", "next": path_of(plant)})
    text = shown(english, path_of(plant))
    assert "Outdated model" in text
    assert "Not certain: in service since 2012" in text


@pytest.mark.parametrize(
    ("word", "names"),
    [("certain", {"主电机"}), ("possible", {"水泵电机", "老电机"}), ("none", {"1#变压器", "无型号"})],
)
def test_the_filter_is_the_servers(plant, browse, word, names):
    text = shown(browse(plant.manager), f"{path_of(plant)}?outdated={word}")
    assert {name for name, *_ in PIECES if f">{name}<" in text} == names
    assert f'<option value="{word}" selected>' in text
    both = shown(browse(plant.manager), f"{path_of(plant)}?outdated={word}&q=nothing-like-it")
    assert not any(f">{name}<" in both for name in names)


def test_the_workbook_has_the_reason(plant, browse):
    answer = browse(plant.officer).get(f"{path_of(plant)}?format=xlsx&outdated=possible")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    head = next(row for row in rows if "淘汰依据" in row)
    found = {row[head.index("名称")]: row for row in rows[rows.index(head) + 1 :]}
    assert set(found) == {"水泵电机", "老电机"}
    row = found["水泵电机"]
    assert row[head.index("淘汰")] == "可能淘汰（待核）"
    assert row[head.index("停止使用期限")] == "2015-12-31（2003 年及以前生产的）"
    assert "第 1-2 项" in row[head.index("淘汰依据")]


def test_the_enterprise_page_counts_them(plant, jinan, browse):
    assert outdated_counts(plant.enterprise) == Outdated(certain=1, possible=2)
    text = shown(browse(plant.manager), f"/enterprises/{plant.enterprise.code}/")
    assert "淘汰型号 1 台" in text
    assert "可能淘汰 2 台" in text
    assert "淘汰型号" not in shown(browse(jinan.manager), f"/enterprises/{jinan.enterprise.code}/")


def test_a_nameplate_makes_a_doubt_certain_or_removes_it(plant, browse):
    own = piece(plant, "水泵电机")
    address = f"/enterprises/{plant.enterprise.code}/equipment/{own.pk}/nameplate/"
    answer = browse(plant.manager).post(address, {"made_year": "2003", "back": "outdated=possible"})
    assert answer["Location"] == f"{path_of(plant)}?outdated=possible"
    assert judgement_of(piece(plant, "水泵电机")).certainty == "certain"
    entry = AuditEntry.objects.get(action="equipment-nameplate")
    assert entry.after == {"made_year": 2003}
    browse(plant.officer).post(address, {"made_year": "2004", "efficiency_pct": "88.4", "voltage_kv": "0.38"})
    own = piece(plant, "水泵电机")
    assert (own.made_year, own.efficiency_pct, own.voltage_kv) == (2004, 88.4, 0.38)
    assert judgement_of(own).certainty == "none"
    assert "2004 · 88.4% · 0.38 kV" in shown(browse(plant.manager), path_of(plant))


@pytest.mark.parametrize(
    ("field", "text"),
    [("made_year", "1899"), ("made_year", "2027"), ("made_year", "九八"), ("efficiency_pct", "101"),
     ("efficiency_pct", "0"), ("voltage_kv", "nan"), ("voltage_kv", "6kV")],
)  # fmt: skip
def test_what_no_nameplate_says_is_refused(plant, browse, field, text):
    own = piece(plant, "主电机")
    with pytest.raises(NenghaoError) as refused:
        state_nameplate(actor=ACTOR, now=NOW, enterprise=plant.enterprise, equipment_id=own.pk, texts={field: text})
    assert (refused.value.code, refused.value.field) == ("nameplate-value", field)
    address = f"/enterprises/{plant.enterprise.code}/equipment/{own.pk}/nameplate/"
    assert "铭牌上不会是" in browse(plant.manager).post(address, {field: text}, follow=True).content.decode()
    assert piece(plant, "主电机").made_year is None


def test_a_nameplate_is_stated_for_own_equipment_only(plant, jinan, browse, account):
    own = piece(plant, "主电机")
    foreign = f"/enterprises/{jinan.enterprise.code}/equipment/{own.pk}/nameplate/"
    browse(jinan.manager).post(foreign, {"made_year": "1999"})
    address = f"/enterprises/{plant.enterprise.code}/equipment/{own.pk}/nameplate/"
    assert browse(jinan.officer).post(address, {"made_year": "1999"}).status_code in (403, 404)
    assert browse(account("institution", "370600")).post(address, {"made_year": "1999"}).status_code == 403
    assert browse(plant.manager).get(address).status_code == 405
    assert piece(plant, "主电机").made_year is None


def test_an_upload_of_equipment_keeps_the_nameplate(plant):
    own = piece(plant, "主电机")
    state_nameplate(actor=ACTOR, now=NOW, enterprise=plant.enterprise, equipment_id=own.pk, texts={"made_year": "2001"})
    rows = [{"process_unit_id": None, "type_code": own.type_code, "number": own.number, "name": "新名"}]
    put_equipment(actor=ACTOR, now=NOW, enterprise=plant.enterprise, rows=rows)
    own.refresh_from_db()
    assert (own.name, own.made_year) == ("新名", 2001)


def test_thousands_of_pieces_do_not_slow_the_page(plant, browse, django_assert_max_num_queries):
    """3,000 pieces of 1,500 models: one page of 50, filtered, in few queries and well below a second."""
    Equipment.objects.bulk_create(
        Equipment(enterprise=plant.enterprise, type_code=f"{20 + number // 60:02d}", number=f"{number % 60:02d}",
                  name=f"电机{number}", model=f"Y{2 + number % 2}-{number // 2}M-4")
        for number in range(3000)
    )  # fmt: skip
    client = browse(plant.manager)
    for query in ("", "?outdated=possible", "?outdated=none"):
        start = time.process_time()
        with django_assert_max_num_queries(12):
            assert client.get(path_of(plant) + query).status_code == 200
        assert time.process_time() - start < 1.0, query
