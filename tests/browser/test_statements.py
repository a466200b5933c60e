"""A month's 205-1 in a real Chromium: prefilled, a broken identity mended, submitted, returned, accepted, in Excel."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nenghao.periods import BEIJING
from nenghao.reporting.statements import statement_form
from nenghao.reporting.statements.xlsx_in import read_statement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LAST_MONTH = f"{datetime.now(BEIJING).replace(day=1) - timedelta(days=1):%Y-%m}"


def row_of(page, energy):
    """Find the row of an energy by what its list has chosen."""
    rows = page.locator("#s-energy tbody tr")
    for number in range(rows.count()):
        if rows.nth(number).locator("select").first.input_value() == energy:
            return rows.nth(number).get_attribute("id").removeprefix("r-energy-")
    raise AssertionError(energy)


def type_into(page, name, text):
    """Type into a cell and leave it; give when the answer has come."""
    with page.expect_response("**/cell/"):
        page.fill(f"#i-{name}", text)
        page.locator(f"#i-{name}").blur()


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_month_from_prefill_to_acceptance(person, tmp_path):
    manager, officer = person("plant"), person("officer")
    manager.goto("/statements/")
    form = manager.locator("form", has=manager.locator("input[value='205-1']")).last
    form.locator("select").select_option(LAST_MONTH)
    form.locator("button").click()
    manager.wait_for_url("**/statements/*/")
    address = manager.url
    power, diesel = row_of(manager, "electricity"), row_of(manager, "diesel")
    assert float(manager.input_value(f"#i-energy-{power}-consumption")) > 0
    assert manager.input_value(f"#i-energy-{diesel}-purchased") == "30"
    assert overflow(manager) == 0

    # 12 + 30 - 29 is not 14: said at the cell, with both sides, before anything is submitted.
    type_into(manager, f"energy-{diesel}-consumption", "29")
    note = manager.locator(f"#n-energy-{diesel}-closing .cell-error")
    note.wait_for()
    assert "14 ≠ 13, Δ 1" in note.inner_text()
    assert manager.get_attribute(f"#i-energy-{diesel}-closing", "aria-invalid") == "true"
    type_into(manager, f"energy-{diesel}-industrial", "20")
    assert "29 ≠ 20" in manager.inner_text(f"#n-energy-{diesel}-consumption")
    type_into(manager, f"energy-{diesel}-consumption", "28")
    type_into(manager, f"energy-{diesel}-non_industrial", "8")
    assert manager.locator(f"#r-energy-{diesel} .cell-error").count() == 0

    # Enter leads down the column; what was typed is there after the page is loaded again.
    manager.focus(f"#i-energy-{diesel}-purchase_cost")
    manager.keyboard.press("Enter")
    below = manager.evaluate("document.activeElement.id")
    assert below.endswith("-purchase_cost")
    assert below != f"i-energy-{diesel}-purchase_cost"
    type_into(manager, "foot---filled_by", "李能源")
    type_into(manager, "foot---filled_on", f"{datetime.now(BEIJING):%Y-%m-%d}")
    manager.reload()
    assert manager.input_value("#i-foot---filled_by") == "李能源"
    explain_all(manager)
    manager.click("#submit")
    manager.wait_for_selector("text=已上报，等待审核")

    officer.goto("/statements/")
    officer.click(f"tr:has-text('示例钢铁'):has-text('{LAST_MONTH}'):has-text('待审核') a")
    officer.wait_for_selector("#review")
    assert "柴油" in officer.inner_text("#review")
    officer.select_option("#comment-cell", f"energy:{diesel}:consumption")
    officer.fill("#comment [name=text]", "与加油记录不符")
    officer.click("#comment button")
    officer.wait_for_selector("text=与加油记录不符")
    officer.fill("#reason", "请核对柴油消费量")
    officer.click("button[value=return]")
    officer.wait_for_selector("text=已办理")

    manager.goto(address)
    assert "请核对柴油消费量" in manager.inner_text("main")
    manager.click("#amend")
    manager.wait_for_selector("text=第 2 版")
    assert "与加油记录不符" in manager.inner_text("main")
    type_into(manager, f"energy-{diesel}-purchased", "31")
    type_into(manager, f"energy-{diesel}-consumption", "29")
    type_into(manager, f"energy-{diesel}-industrial", "21")
    explain_all(manager)
    manager.click("#submit")
    manager.wait_for_selector("text=已上报，等待审核")

    officer.goto(manager.url)
    officer.click("button[value=accept]")
    officer.wait_for_selector("text=已通过")
    officer.click("text=下载")
    with officer.expect_download() as download:
        officer.click("#file-xlsx")
    saved = tmp_path / "statement.xlsx"
    download.value.save_as(saved)
    read = read_statement(saved.read_bytes(), statement_form("205-1"))
    assert read.bad == ()
    assert read.period == LAST_MONTH
    row = next(one for one in read.contents["energy"] if one["energy"] == "diesel")
    assert {name: row[name] for name in ("opening", "purchased", "consumption", "closing")} == {
        "opening": "12", "purchased": "31", "consumption": "29", "closing": "14",
    }  # fmt: skip
    shown = officer.inner_text(f"#v-energy-{power}-consumption").replace(",", "")
    assert shown == next(one for one in read.contents["energy"] if one["energy"] == "electricity")["consumption"]


def explain_all(page):
    """Explain every warning that is left."""
    while (left := page.locator("#problems input[value='']")).count():
        name = left.first.get_attribute("id")
        with page.expect_response("**/cell/"):
            page.fill(f"#{name}", "已核对")
            page.locator(f"#{name}").blur()
        page.reload()
