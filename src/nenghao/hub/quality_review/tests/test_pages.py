"""The way from a region's rank to one interval: figures agree, nothing foreign is shown, what is not due is not 0."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nenghao.hub import store as hub_store
from nenghao.hub.monitoring.tests.test_pages import CountingStore
from nenghao.hub.quality_review.tests.sample import (
    ALUMINIUM,
    CASTING,
    FIBRE,
    HOLE,
    LEAK,
    NEGATIVE,
    PLANT_GAS,
    PLANT_POWER,
    SMELTER,
    SPIKE,
    TYRES,
    WRONG_DAY,
)  # fmt: skip
from nenghao.quality.flags import Flag

PROVINCE = "/quality/regions/370000/"


def month(sample):
    return f"{sample.month:%Y-%m}"


def enterprise(code):
    return reverse("quality-enterprise", args=[code])


def item(data_code, code=ALUMINIUM):
    return reverse("quality-item", args=[code, data_code])


def interval(data_code, at, stat_type=0):
    return reverse("quality-interval", args=[ALUMINIUM, data_code]) + f"?stat_type={stat_type}&at={at:%Y-%m-%dT%H:%M}"


def every_page(sample):
    period = f"?period={month(sample)}"
    compared = reverse("quality-comparison", args=[ALUMINIUM, "plant-against-processes"]) + period
    return [
        PROVINCE + period, PROVINCE + period + "&scheme=db53-1116-2022&sort=-lost&q=铝", enterprise(ALUMINIUM) + period,
        enterprise(TYRES) + period, item(PLANT_POWER) + period, item(PLANT_POWER) + f"?period={sample.month:%Y}",
        item(PLANT_POWER) + f"?period={sample.at(*SPIKE):%Y-%m-%d}", interval(PLANT_POWER, sample.at(*SPIKE)),
        *(interval(PLANT_POWER, sample.month, number) for number in (1, 2)), compared + "&energy=electricity",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages(sign_in, sample, language):
    client = sign_in("officer")
    client.cookies["django_language"] = language
    for url in every_page(sample):
        page = client.get(url)
        assert page.status_code == 200, url
        if language == "en":
            assert "不能判定" not in page.content.decode()
            assert "缺失" not in page.content.decode()


def test_everyone_is_led_to_the_own_node(sign_in):
    assert sign_in("officer").get("/quality/").url == PROVINCE
    assert sign_in("qingdao").get("/quality/").url == "/quality/regions/370200/"
    assert sign_in("smelter").get("/quality/").url == enterprise(ALUMINIUM)


def test_ranking_names_whom_it_cannot_judge_and_does_not_call_it_nought(sign_in, sample):
    response = sign_in("officer").get(PROVINCE, {"period": month(sample)})
    found = response.context["found"]
    ranks = {row.code: row for row in found.ranking}
    assert (found.scores.enterprises, found.scores.judged, found.scores.not_judged) == (3, 2, 1)
    assert ranks[TYRES].rank is None
    assert ranks[TYRES].total is None
    assert ranks[TYRES].verdict == "cannot_judge"
    assert [row.code for row in found.ranking][-1] == TYRES
    assert sorted(row.rank for row in found.ranking if row.rank) == [1, 2]
    known = [ranks[code].total for code in (ALUMINIUM, FIBRE)]
    assert found.scores.mean == pytest.approx(sum(known) / 2)
    assert "不能判定" in response.content.decode()


def test_a_score_is_never_shown_without_its_weights(sign_in, sample):
    page = sign_in("officer").get(PROVINCE, {"period": month(sample)}).content.decode()
    assert "在线率 10% · 完整率 30% · 准确率 40% · 正确率 20%" in page
    assert page.count("badge-unverified") >= 2


def test_data_sent_three_days_late_is_not_on_line(sign_in, sample):
    found = sign_in("officer").get(enterprise(FIBRE), {"period": month(sample)}).context["found"]
    online = found.scored.score.part("online")
    last = (sample.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert (online.numerator, online.denominator) == (15, last.day)
    assert found.scored.score.part("completeness").value == 1
    assert found.scored.score.part("accuracy").value is None


def test_sub_regions_and_industries_are_ranked(sign_in, sample):
    found = sign_in("officer").get(PROVINCE, {"period": month(sample)}).context["found"]
    assert {row.code for row in found.subregions} == {"370600", "370200"}
    assert [row.code for row in found.industries if row.rank is None] == ["C29"]
    assert all(row.scores.enterprises == 1 for row in found.industries)


def test_points_of_reasons_and_items_are_differences_of_whole_scores(sign_in, sample):
    found = sign_in("smelter").get(enterprise(ALUMINIUM), {"period": month(sample)}).context["found"]
    reasons = {row.reason: row for row in found.reasons}
    assert reasons["missing"].records == 12
    due, correct = found.scored.measures.records_due, found.scored.score.part("correctness")
    good, received = correct.numerator, correct.denominator
    assert reasons["missing"].points == pytest.approx(
        30 * 12 / due + 20 * ((good + 12) / (received + 12) - good / received)
    )
    names = [row.item.data_code for row in found.items]
    assert set(names) == {PLANT_POWER, PLANT_GAS, SMELTER, CASTING}
    costs = [row.points for row in found.items]
    assert costs == sorted(costs, reverse=True)


def test_comparisons_lead_to_both_sides(sign_in, sample):
    client, period = sign_in("smelter"), month(sample)
    found = client.get(enterprise(ALUMINIUM), {"period": period}).context["found"]
    codes = {one.row.check_code for one in found.comparisons}
    assert {"day-against-hours", "plant-against-processes", "meter-validity"} <= codes
    leak = next(one for one in found.comparisons if one.row.check_code == "plant-against-processes"
                and one.row.flag == Flag.FAIL)  # fmt: skip
    page = client.get(leak.url + "&energy=electricity")
    sides = {row.label: row for row in page.context["found"].rows}
    row = sides[f"{sample.month + timedelta(days=LEAK[0]):%Y-%m-%d}"]
    assert row.ratio == pytest.approx(-0.36, abs=0.03)
    assert sides[f"{sample.month:%Y-%m-%d}"].ratio == pytest.approx(-0.0196, abs=0.001)
    assert {part.item.data_code for part in page.context["found"].parts} == {PLANT_POWER, SMELTER, CASTING}


def test_a_day_against_its_hours_is_shown_as_two_columns(sign_in, sample):
    url = reverse("quality-comparison", args=[ALUMINIUM, "day-against-hours"])
    found = sign_in("officer").get(url, {"period": month(sample), "item": PLANT_POWER}).context["found"]
    rows = {row.label: row for row in found.rows}
    wrong = rows[f"{sample.month + timedelta(days=WRONG_DAY):%Y-%m-%d}"]
    assert wrong.right / wrong.left == pytest.approx(1 / 1.2, rel=1e-3)
    holed = rows[f"{sample.month + timedelta(days=HOLE[0]):%Y-%m-%d}"]
    assert holed.right is None, "a sum over a hole is not known"
    assert "12" in holed.note


def test_calendar_says_the_gravest_flag_of_each_day(sign_in, sample):
    found = sign_in("officer").get(item(PLANT_POWER), {"period": month(sample)}).context["found"]
    days = {cell.start.day: cell for week in found.weeks for cell in week if cell}
    assert days[HOLE[0] + 1].flag.name == "missing"
    assert days[HOLE[0] + 1].amiss == 12
    assert days[SPIKE[0] + 1].flag.name == "fail"
    assert days[2].flag.name == "good"
    assert all(len(week) == 7 for week in found.weeks)
    assert found.weeks[0].index(days[1]) == sample.month.weekday()


def test_findings_are_filtered_and_paged(sign_in, sample):
    client, period = sign_in("officer"), month(sample)
    spikes = client.get(item(PLANT_POWER), {"period": period, "check": "spike", "flag": "fail"}).context["found"]
    assert [one.row.period_start for one in spikes.problems] == [sample.at(*SPIKE)]
    assert spikes.count == 1
    nothing = client.get(item(PLANT_POWER), {"period": period, "check": "negative", "page": "99"}).context["found"]
    assert (nothing.count, nothing.chosen.page) == (0, 1)
    below = client.get(item(PLANT_GAS), {"period": period, "check": "negative"}).context["found"]
    assert [one.row.period_start for one in below.problems] == [sample.at(*NEGATIVE)]


def test_interval_shows_what_was_found_and_never_bridges_a_hole(sign_in, sample):
    client = sign_in("officer")
    found = client.get(interval(PLANT_POWER, sample.at(*HOLE[:2]))).context["found"]
    assert found.flag.name == "missing"
    assert (found.start, found.end) == (sample.at(*HOLE[:2]), sample.at(HOLE[0], HOLE[2]))
    chart, first = found.chart, (HOLE[1] + 96)
    assert chart["values"][first : first + 12] == [None] * 12
    assert chart["states"][first : first + 12] == [2] * 12
    assert chart["marked"]["letter"] == "缺"
    assert {one["name"] for one in chart["compared"]} == {"前一日", "上周同日"}
    assert found.mend_query == (
        f"item={PLANT_POWER}&stat_type=0&from={found.start:%Y-%m-%dT}08%3A00&to={found.end:%Y-%m-%dT}11%3A00"
    )
    spike = client.get(interval(PLANT_POWER, sample.at(*SPIKE))).context["found"]
    assert spike.chart["clip"] < max(value for value in spike.chart["values"] if value)
    assert spike.problems[0].finding.clause
    assert len(spike.versions) == 1


def test_a_good_interval_says_so(sign_in, sample):
    page = sign_in("officer").get(interval(CASTING, sample.at(25, 10)))
    assert page.context["found"].flag.name == "good"
    assert "现行读数没有发现问题" in page.content.decode()


@pytest.mark.parametrize("username", ["qingdao", "smelter"])
def test_nothing_outside_the_node(sign_in, sample, username):
    client, code = sign_in(username), ALUMINIUM if username == "qingdao" else FIBRE
    urls = [enterprise(code), item(PLANT_POWER, code), PROVINCE, reverse("quality-interval", args=[code, PLANT_POWER]),
            reverse("quality-comparison", args=[code, "day-against-hours"])]  # fmt: skip
    for url in urls:
        for query in ({}, {"format": "xlsx"}):
            assert client.get(url, query | {"at": "2026-01-01T00:00"}).status_code == 404, url
    seen = sign_in("qingdao").get("/quality/regions/370200/", {"period": month(sample)}).content.decode()
    assert "示例化纤" in seen
    assert "示例铝业" not in seen


@pytest.mark.parametrize(("query", "status"), [
    ("?period=2026-13", 400), ("?scheme=none", 400), ("?sort=password&page=x", 200), ("?table=none&format=xlsx", 404),
])  # fmt: skip
def test_bad_addresses_are_answered_in_words(sign_in, query, status):
    response = sign_in("officer").get(PROVINCE + query)
    assert response.status_code == status
    assert "Traceback" not in response.content.decode()


def test_bad_intervals_and_items(sign_in):
    client = sign_in("officer")
    assert client.get(reverse("quality-interval", args=[ALUMINIUM, PLANT_POWER])).status_code == 400
    assert client.get(item("99-99-9999-999999-99")).status_code == 404
    assert client.get(reverse("quality-comparison", args=[ALUMINIUM, "spike"])).status_code == 404


@pytest.mark.parametrize("table", ["ranking", "subregions", "industries", "trend"])
def test_region_tables_export(sign_in, sample, table):
    answer = sign_in("officer").get(PROVINCE, {"period": month(sample), "format": "xlsx", "table": table})
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    notes = " ".join(str(cell.value) for row in book["说明"].iter_rows() for cell in row)
    assert "在线率 10%" in notes
    assert "待核" in notes
    assert book.worksheets[0].max_row > 1


def test_queries_do_not_grow_with_the_rows(sign_in, sample, monkeypatch):
    client, counting = sign_in("officer"), CountingStore(hub_store.get_store())
    monkeypatch.setattr(hub_store, "_store", counting)
    for url, most_sql, most_questions in (
        (PROVINCE, 16, 8), (enterprise(ALUMINIUM), 18, 11), (item(PLANT_POWER), 16, 4),
        (interval(PLANT_POWER, sample.at(*SPIKE)), 12, 3),
    ):  # fmt: skip
        counting.asked = 0
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, {"period": month(sample)} if "?" not in url else {}).status_code == 200
        assert len(captured) <= most_sql, [query["sql"][:120] for query in captured]
        assert counting.asked <= most_questions, url
