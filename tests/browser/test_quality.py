"""The officer's way in a real Chromium: from a region's rank to one interval, its correction, and the changed score."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from nenghao.periods import BEIJING

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RANKING = "/quality/regions/370000/"
ALUMINIUM = "/quality/enterprises/91370600MA3QUALIT1/"
POWER = f"{ALUMINIUM}items/00-00-0000-023300-10/"
SIZES = [(1366, 768), (1920, 1080)]
# What axe would say first: controls and charts without a name, images without a text, two h1, ids that repeat.
UNNAMED = """() => [
  ...[...document.querySelectorAll("a[href], button, select, input:not([type=hidden])")].filter((e) =>
    e.offsetParent && !(e.innerText || "").trim() && !e.getAttribute("aria-label") && !e.labels?.length && !e.title),
  ...document.querySelectorAll("img:not([alt]), .chart:not([aria-label])"),
  ...[...document.querySelectorAll("h1")].slice(1),
  ...[...document.querySelectorAll("[id]")].filter((e) => document.querySelectorAll(`[id="${e.id}"]`).length > 1),
].map((e) => e.outerHTML.slice(0, 120))"""


def last_month():
    return datetime.now(BEIJING).replace(day=1) - timedelta(days=1)


def period():
    return f"?period={last_month():%Y-%m}"


def score_of(page, name):
    return float(page.locator("#ranking tr", has_text=name).locator("td").nth(4).inner_text())


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_four_clicks_lead_from_the_rank_to_the_interval_and_a_correction_changes_the_score(person):
    officer, second = person("officer"), person("second")
    officer.goto(RANKING + period())
    before, clicks = score_of(officer, "示例铝业"), 0

    def click(where, url):
        nonlocal clicks
        officer.click(where)
        officer.wait_for_url(url)
        clicks += 1

    click("#ranking >> text=示例铝业", "**/quality/enterprises/**")
    click("#items >> text=全厂用电", "**/items/**")
    click(".findings tr:has-text('缺失') >> a >> nth=0", "**/interval/**")
    assert clicks <= 4
    officer.wait_for_selector('[data-chart="window-data"] canvas')
    assert "缺" in officer.inner_text("#flag")
    interval = officer.url

    officer.click("text=更正、估算或确认")
    officer.wait_for_selector("#mend form")
    with officer.expect_response("**/corrections/new/**"):
        officer.select_option("#mend [name=method]", "linear")
    officer.wait_for_selector("#mend option[value=linear][selected]", state="attached")
    officer.fill("#mend [name=reason]", "网关断电三小时，按前后读数内插")
    officer.click("#mend button[value=propose]")
    link = officer.wait_for_selector("#mend a[href*='/corrections/']").get_attribute("href")

    second.goto(re.search(r"/corrections/\d+/", link)[0])
    second.fill("[name=reason]", "与值班记录相符")
    second.click("button[value=approve]")
    second.wait_for_load_state("networkidle")
    second.goto(interval)
    assert "officer" in second.inner_text("#versions")
    assert "second" in second.inner_text("#versions")
    assert "缺失" not in second.inner_text("#flag")
    second.goto(RANKING + period())
    assert score_of(second, "示例铝业") > before


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("path", [RANKING, ALUMINIUM, POWER, f"{ALUMINIUM}comparisons/plant-against-processes/"])
def test_no_page_overflows_or_leaves_a_control_unnamed(person, path, width, height):
    page = person("officer", width, height)
    page.goto(path + period())
    assert page.title().endswith("能耗在线监测")
    assert overflow(page) == 0
    assert page.evaluate(UNNAMED) == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_interval_marks_the_spike_and_shows_the_rest_of_the_day(person, width, height):
    page = person("smelter", width, height)
    at = last_month().replace(day=10, hour=13, minute=15)
    page.goto(f"{POWER}interval/?stat_type=0&at={at:%Y-%m-%dT%H:%M}")
    page.wait_for_selector('[data-chart="window-data"] canvas')
    chart = """echarts.getInstanceByDom(document.querySelector('[data-chart="window-data"]')).getOption()"""
    option = page.evaluate(f"JSON.parse(JSON.stringify({chart}))")
    names = {one["name"]: one for one in option["series"]}
    assert {"实测", "前一日", "上周同日", "不合格"} <= set(names)
    assert len(names["不合格"]["markArea"]["data"]) == 1
    assert option["yAxis"][0]["max"] < 10_000
    assert "错" in page.inner_text("#flag")
    assert overflow(page) == 0
    assert page.evaluate(UNNAMED) == []


def test_filters_keep_their_state_in_the_address(person):
    page = person("officer")
    page.goto(POWER + period())
    page.select_option("[name=check]", "spike")
    page.wait_for_url("**check=spike**")
    assert page.locator(".findings tbody tr").count() == 1
    page.click(".day-grade-fail >> nth=0")
    page.wait_for_url("**check=spike**")
    assert page.locator(".day-chosen").count() == 1
