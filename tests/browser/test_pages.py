"""The main paths in a real Chromium, at the two sizes that pages must fit."""

from __future__ import annotations

import openpyxl
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STEEL = "/enterprises/91370600MA3SAMPLE1/"
SIZES = [(1366, 768), (1920, 1080)]
INK = """id => {
  const canvas = document.querySelector(`[data-chart="${id}"] canvas`);
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) inked++;
  return inked / (canvas.width * canvas.height);
}"""


def inked(page, chart):
    """Share of the chart's pixels that are drawn on."""
    page.wait_for_selector(f'[data-chart="{chart}"] canvas')
    return page.evaluate(INK, chart)


def series(page, chart):
    options = f"""echarts.getInstanceByDom(document.querySelector('[data-chart="{chart}"]')).getOption().series"""
    return page.evaluate(f"JSON.parse(JSON.stringify({options}))")


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_officer_goes_from_the_region_to_a_plant(person, width, height):
    page = person("officer", width, height)
    assert page.url.endswith("/regions/370000/")
    assert inked(page, "trend-data") > 0.05
    assert inked(page, "mix-data") > 0.02
    assert overflow(page) == 0
    page.click("text=烟台市")
    page.wait_for_url("**/regions/370600/**")
    assert overflow(page) == 0
    page.click("text=示例钢铁有限公司")
    page.wait_for_url(f"**{STEEL}**")
    assert inked(page, "load-data") > 0.02
    assert overflow(page) == 0


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("path", ["/enterprises/", "/devices/", "/uploads/", "/uploads/18/", f"{STEEL}registry/"])
def test_no_page_overflows(person, path, width, height):
    page = person("officer", width, height)
    page.goto(path)
    assert page.title().endswith("能耗在线监测")
    assert overflow(page) == 0


def test_load_curve_shows_states_and_changes_day(person):
    page = person("plant")
    page.goto(STEEL)
    with page.expect_response("**/load/**"):
        page.click("#load [aria-label='前一天']")
    page.wait_for_selector("#load .state-corrected")
    names = {one["name"]: one for one in series(page, "load-data")}
    assert set(names) == {"实测", "估算", "缺失", "有更正"}
    assert names["估算"]["lineStyle"]["type"] == "dashed"
    assert len(names["缺失"]["markArea"]["data"]) == 1
    assert None in [point[1] for point in names["实测"]["data"]]
    assert all(point[1] != 0 for point in names["实测"]["data"])
    with page.expect_response("**/load/**"):
        page.select_option("#load select", label="全厂新水 [m3]")
    page.wait_for_selector("#load-title:has-text('全厂新水')")


def test_trace_drawer_leads_down_to_a_correction(person):
    page = person("plant")
    page.goto(STEEL)
    page.click("table .btn-figure >> nth=0")
    page.wait_for_selector("#drawer.show .formula")
    assert "GB/T 2589-2020" in page.inner_text("#drawer-body")
    page.click("#drawer .btn-close")
    with page.expect_response("**/load/**"):
        page.click("#load [aria-label='前一天']")
    page.wait_for_selector("#load .state-corrected")
    page.click("#load >> text=数据与溯源")
    page.wait_for_selector("#readings")
    page.click("#readings .state-corrected")
    page.wait_for_selector(".reading-history li")
    assert "电表倍率录入错误" in page.inner_text(".reading-history:has(li)")


def test_language_switch_keeps_the_place(person):
    page = person("officer")
    page.goto("/regions/370600/")
    page.click("text=English")
    page.wait_for_selector("text=Needs attention")
    assert page.url.endswith("/regions/370600/")
    assert page.get_attribute("html", "lang") == "en"
    page.click("text=中文")
    page.wait_for_selector("text=需要处理")


def test_officer_approves_a_device(person):
    page = person("officer")
    page.goto("/devices/?status=pending")
    row = page.locator("tr", has_text="ffffffff")
    row.get_by_role("button", name="批准").click()
    page.wait_for_selector("tr:has-text('ffffffff') >> text=已批准")
    page.goto("/regions/370000/")
    assert page.inner_text(".todo .count >> nth=0") == "0"


def test_upload_log_opens_rejected_records(person):
    page = person("plant")
    page.goto("/uploads/")
    page.check("[name=rejected]")
    page.wait_for_url("**rejected=1**")
    page.click(".btn-expand")
    page.wait_for_selector(".rejected-table")
    assert "先用 uploadConfigData 上传该数据项的配置" in page.inner_text(".rejected-table")


def test_export_holds_the_numbers_of_the_page(person, tmp_path):
    page = person("plant")
    page.goto(STEEL)
    shown = page.locator("#tables .card").first.locator("tbody .btn-figure").all_inner_texts()
    with page.expect_download() as download:
        page.locator("#tables .card").first.locator("a[download]").click()
    download.value.save_as(tmp_path / "energies.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "energies.xlsx").worksheets[0]
    assert [f"{row[7]:,.2f}" for row in sheet.iter_rows(min_row=2, values_only=True)] == shown


def test_keyboard_reaches_the_content_and_the_charts_have_names(person):
    page = person("officer")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").startswith("visually-hidden-focusable")
    assert page.locator(".chart[role=img][aria-label]").count() == page.locator(".chart").count()
    assert page.locator("button:not([aria-label]):not(:has-text(''))").count() == 0


def test_refresh_redraws_without_losing_the_chart(person):
    page = person("officer")
    assert inked(page, "trend-data") > 0.05
    with page.expect_response("**/regions/370000/**"):
        page.evaluate(
            "document.querySelector('#live').setAttribute('hx-get', '?since=0');"
            "htmx.process(document.querySelector('#live')); htmx.trigger('#live', 'refresh')"
        )
    page.wait_for_timeout(500)
    assert inked(page, "trend-data") > 0.05
    assert page.locator("#live").count() == 1
