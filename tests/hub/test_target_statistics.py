"""Published statistics of a region on its page: entered, corrected, withdrawn, out and in again, and who may."""

from __future__ import annotations

import io
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import FIGURES, enter
from nenghao.hub.targets import grading, services
from nenghao.hub.targets.models import MonthGrade, Plan, RegionStatistic, TargetKind
from nenghao.hub.targets.owners import region_owner
from nenghao.hub.targets.services import TargetFacts
from nenghao.hub.targets.statistic_entry import STATISTICS

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=ZoneInfo("UTC"))
ACTOR = Actor.command("officer")
FORM = {
    "period": "2025-Q1", "kind": "gdp_constant", "amount": "1234.5", "unit": "", "price_year": "2025",
    "state": "preliminary", "document": "2025 年一季度公报",
}  # fmt: skip


@pytest.fixture
def city(yantai):
    place = yantai.enterprise.region
    RegionStatistic.objects.filter(region=place).delete()  # the fixture's own
    return place


@pytest.fixture
def page(city):
    return f"/targets/regions/{city.code}/statistics/"


def current(city):
    return RegionStatistic.objects.filter(region=city, is_current=True, withdrawn=False)


def test_a_figure_is_entered_corrected_and_withdrawn(client, yantai, city, page):
    client.force_login(yantai.officer)
    assert client.post(page, FORM).status_code == 302
    row = current(city).get()
    assert (row.amount, row.entered_amount, row.period, row.version) == (123_450_000_000.0, 1234.5, "2025-Q1", 1)
    assert client.post(page, FORM).status_code == 302
    assert RegionStatistic.objects.filter(region=city).count() == 1  # the same again changes nothing
    final = FORM | {"amount": "1240", "state": "final", "change_reason": "最终核实"}
    assert client.post(page, final).status_code == 302
    row = current(city).get()
    assert (row.entered_amount, row.state, row.version, row.change_reason) == (1240.0, "final", 2, "最终核实")
    entry = AuditEntry.objects.filter(action="region-statistic-entered").order_by("-pk")[0]
    assert (entry.before["entered_amount"], entry.after["entered_amount"]) == (1234.5, 1240.0)
    assert entry.region_path == city.path
    shown = client.get(f"{page}{row.pk}/").content.decode()
    assert "1,234.50" in shown
    assert "最终核实" in shown
    client.post(f"{page}{row.pk}/", {"reason": ""})
    assert current(city).exists()  # no reason, no withdrawal
    assert client.post(f"{page}{row.pk}/", {"reason": "重复"}).status_code == 302
    assert not current(city).exists()
    assert "重复" in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"period": "2025-Q7"}, "时段无法识别"), ({"period": "2099"}, "还没有结束"),
        ({"price_year": ""}, "可比价须填基年"), ({"unit": "万tce"}, "单位与指标不符"),
        ({"amount": "-1"}, "不能小于"), ({"document": ""}, "必填"),
        ({"kind": "population"}, "没有「population」这一项"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(client, yantai, city, page, wrong, words):
    client.force_login(yantai.officer)
    answer = client.post(page, FORM | wrong)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not RegionStatistic.objects.filter(region=city).exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_goes_out_and_comes_back(client, yantai, city, page, kind, language):
    client.force_login(yantai.officer)
    client.post("/language/", {"language": language})
    client.post(page, FORM)
    energy = {"period": "2025-01~09", "kind": "energy_equivalent", "amount": "321.7", "price_year": ""}
    client.post(page, FORM | energy)
    answer = client.get(f"{page}?format={kind}")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    facts = {STATISTICS.key_of(row): row.amount for row in current(city)}
    RegionStatistic.objects.filter(region=city).delete()
    file = SimpleUploadedFile(f"statistics.{kind}", content)
    shown = client.post(f"{page}import/", {"file": file})
    assert shown.status_code == 200
    assert {STATISTICS.key_of(row): row.amount for row in current(city)} == facts
    assert len(facts) == 2


def test_bad_rows_are_named_and_good_ones_kept(client, yantai, city, page):
    client.force_login(yantai.officer)
    head = [cell.value for cell in load_workbook(io.BytesIO(client.get(f"{page}import/?template").content)).active[1]]
    assert [text.split("\n")[0] for text in head] == [
        "时段 *", "指标 *", "数值 *", "单位", "可比价基年", "数据状态 *", "来源 *",
    ]  # fmt: skip
    energy, value = "2025,能源消费总量（等价值）,800,最终数,年鉴", "2025,地区生产总值（可比价）,9,最终数,年鉴"
    rows = f"时段,指标,数值,数据状态,来源\n{energy}\n{value}\n"
    shown = client.post(f"{page}import/", {"file": SimpleUploadedFile("a.csv", rows.encode())}).content.decode()
    assert "可比价须填基年" in shown
    assert current(city).get().amount == 8e6


def test_the_register_is_of_the_node_and_of_officers(client, yantai, jinan, city, page):
    client.force_login(yantai.officer)
    client.post(page, FORM)
    row = current(city).get()
    for account in (jinan.officer, jinan.manager, yantai.manager):
        client.force_login(account)
        for url in (page, f"{page}import/", f"{page}{row.pk}/", f"{page}?format=csv"):
            assert client.get(url).status_code in (403, 404), (account, url)
        assert client.post(page, FORM | {"amount": "1"}).status_code in (403, 404)
    client.force_login(jinan.officer)
    assert client.get(f"/targets/regions/{jinan.enterprise.region_id}/statistics/{row.pk}/").status_code == 404
    assert client.get(f"/evidence/enterprises/{jinan.enterprise.code}/import/region-statistics/").status_code == 404
    assert current(city).get() == row


def test_a_ledger_is_of_its_kind_of_owner(yantai, city):
    common = {"actor": ACTOR, "now": NOW, "rows": []}
    with pytest.raises(ValueError, match="region"):
        enter(**common, enterprise=yantai.enterprise, ledger=STATISTICS)
    with pytest.raises(ValueError, match="enterprise"):
        enter(**common, region=city, ledger=FIGURES)


def publish(city, kind, year, amount, price_year=0):
    row = {
        "kind": kind, "year": year, "first_month": 1, "last_month": 2, "price_year": price_year, "amount": amount,
        "entered_amount": amount, "entered_unit": "tce", "state": "preliminary", "document": f"{year} 年 2 月月报",
    }  # fmt: skip
    enter(actor=ACTOR, now=NOW, region=city, ledger=STATISTICS, rows=[row])


def test_a_plan_by_statistics_is_judged_graded_and_kept_with_its_figures(client, yantai, city, store):
    plan = Plan.objects.get(region=city)
    for year, energy, value in ((2025, 200.0, 100.0), (2026, 190.0, 100.0)):
        publish(city, "energy_calorific", year, energy)
        publish(city, "gdp_constant", year, value, price_year=2025)
    owner = region_owner(city, [yantai.enterprise])
    facts = TargetFacts(owner, TargetKind.INTENSITY, year=2026, drop_ratio=0.03)
    services.set_targets(actor=ACTOR, now=NOW, plan=plan, targets=[facts])
    ask = {"store": store, "owners": [owner], "month": date(2026, 2, 1)}
    assert [one.why for one in services.target_progress(plan=plan, **ask)] == ["no-figures"]
    client.force_login(yantai.officer)
    answer = client.post(f"/targets/plans/{plan.pk}/source/", {"region_source": "gdp", "reason": "按公报考核"})
    assert answer.status_code == 302
    plan.refresh_from_db()
    found = services.target_progress(plan=plan, **ask)
    assert [(one.reached, one.level.colour) for one in found] == [(pytest.approx(0.05), "green")]
    shown = client.get(f"/targets/regions/{city.code}/?period=2026-02").content.decode()
    assert "2026 年 2 月月报" in shown
    assert "初步数" in shown
    grading.issue_grades(
        actor=ACTOR, now=NOW, region=city, plan=plan, month=date(2026, 2, 1), found=found,
        rules=grading.rules_for([city.path], date(2026, 2, 1)),
    )  # fmt: skip
    publish(city, "energy_calorific", 2026, 180.0)  # revised afterwards: the grade stays as it was issued
    kept = MonthGrade.objects.get(plan=plan).figures
    assert {(one["period"], one["amount"]) for one in kept if one["kind"] == "energy_calorific"} == {
        ("2025-01~02", 200.0), ("2026-01~02", 190.0),
    }  # fmt: skip
    assert "2026-01~02" in client.get("/targets/grades/").content.decode()
    later = client.get(f"/targets/regions/{city.code}/?period=2026-03").content.decode()
    assert "缺统计数据" in later
    assert "?period=2026-02" in later


def test_only_the_plans_own_region_chooses_its_figures(client, yantai, jinan, city):
    plan = Plan.objects.get(region=city)
    for account in (jinan.officer, yantai.manager):
        client.force_login(account)
        answer = client.post(f"/targets/plans/{plan.pk}/source/", {"region_source": "gdp", "reason": "x"})
        assert answer.status_code in (403, 404)
    client.force_login(yantai.officer)
    client.post(f"/targets/plans/{plan.pk}/source/", {"region_source": "gdp", "reason": " "})
    plan.refresh_from_db()
    assert plan.region_source == "enterprises"
