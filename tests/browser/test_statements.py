"""A month's 205-1 in a real Chromium: prefilled, a broken identity mended, filed, returned, filed again, accepted.

The Excel file is sent back into the draft, and every cell of the accepted statement is read out of it again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from nenghao.periods import BEIJING
from nenghao.reporting.statements import statement_form
from nenghao.reporting.statements.xlsx_in import read_statement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LAST_MONTH = f"{datetime.now(BEIJING).replace(day=1) - timedelta(days=1):%Y-%m}"
READ_CELLS = """() => [...document.querySelectorAll(".statement-cell")].map(cell => [
  cell.name.slice(2), cell.value, cell.selectedOptions ? cell.selectedOptions[0].textContent : cell.value])"""


def test_a_month_from_prefill_to_acceptance(person, tmp_path):
    manager, officer = person("plant"), person("officer")
    address = start(manager)
    diesel = row_of(manager, "diesel")
    see_what_is_prefilled(manager, diesel)
    break_the_stock_and_mend_it(manager, diesel)
    go_down_a_column(manager, diesel)
    sign(manager)
    hand_in(manager)
    return_with_a_remark(officer, diesel)
    amend(manager, address, diesel)
    send_through_excel(manager, tmp_path / "draft.xlsx")
    filed = cells(manager)
    hand_in(manager)
    accept(officer, manager.url)
    assert shown(officer) == {name: text for name, _value, text in filed}
    assert cells_of_file(download(officer, tmp_path / "accepted.xlsx")) == by_section(filed)


def start(page):
    """Start last month's 205-1 from the list; gives its address."""
    page.goto("/statements/")
    form = page.locator("form", has=page.locator("input[value='205-1']")).last
    form.locator("select").select_option(LAST_MONTH)
    form.locator("button").click()
    page.wait_for_url("**/statements/*/")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    return page.url


def row_of(page, energy):
    """Find the row of an energy by what its list has chosen."""
    rows = page.locator("#s-energy tbody tr")
    for number in range(rows.count()):
        if rows.nth(number).locator("select").first.input_value() == energy:
            return rows.nth(number).get_attribute("id").removeprefix("r-energy-")
    raise AssertionError(energy)


def see_what_is_prefilled(page, diesel):
    """Electricity comes from the meters, diesel from the ledger; each says where from."""
    power = row_of(page, "electricity")
    assert float(page.input_value(f"#i-energy-{power}-consumption")) > 0
    assert page.input_value(f"#i-energy-{diesel}-purchased") == "30"
    assert "购进" in page.get_attribute(f"#n-energy-{diesel}-purchased .cell-origin", "title")


def type_into(page, name, text):
    """Type into a cell and leave it; give when the answer has come."""
    with page.expect_response("**/cell/"):
        page.fill(f"#i-{name}", text)
        page.locator(f"#i-{name}").blur()


def break_the_stock_and_mend_it(page, diesel):
    """12 + 30 - 29 is not 14: said at the cell, with both sides, before anything is submitted."""
    type_into(page, f"energy-{diesel}-consumption", "29")
    note = page.locator(f"#n-energy-{diesel}-closing .cell-error")
    note.wait_for()
    assert "14 ≠ 13, Δ 1" in note.inner_text()
    assert page.get_attribute(f"#i-energy-{diesel}-closing", "aria-invalid") == "true"
    type_into(page, f"energy-{diesel}-industrial", "20")
    assert "29 ≠ 20" in page.inner_text(f"#n-energy-{diesel}-consumption")
    page.click("#submit")  # refused: the page comes back with what was typed and says it at the cell again
    page.wait_for_selector(".alert-danger:has-text('处错误')")
    assert "14 ≠ 13" in page.inner_text(f"#n-energy-{diesel}-closing")
    type_into(page, f"energy-{diesel}-consumption", "28")
    type_into(page, f"energy-{diesel}-non_industrial", "8")
    assert page.locator(f"#r-energy-{diesel} .cell-error").count() == 0


def go_down_a_column(page, diesel):
    """Enter leads to the cell below."""
    page.focus(f"#i-energy-{diesel}-purchase_cost")
    page.keyboard.press("Enter")
    below = page.evaluate("document.activeElement.id")
    assert below.endswith("-purchase_cost")
    assert below != f"i-energy-{diesel}-purchase_cost"


def sign(page):
    """Fill in the foot; it is there after the page is loaded again."""
    type_into(page, "foot---filled_by", "李能源")
    type_into(page, "foot---filled_on", f"{datetime.now(BEIJING):%Y-%m-%d}")
    page.reload()
    assert page.input_value("#i-foot---filled_by") == "李能源"


def hand_in(page):
    """Explain every warning that is left, and submit."""
    while (left := page.locator("#problems input[value='']")).count():
        name = left.first.get_attribute("id")
        with page.expect_response("**/cell/"):
            page.fill(f"#{name}", "已核对")
            page.locator(f"#{name}").blur()
        page.reload()
    page.click("#submit")
    page.wait_for_selector("text=已上报，等待审核")


def return_with_a_remark(page, diesel):
    """Find it in the list, look at the review, remark on a cell and return it with a reason."""
    page.goto("/statements/")
    page.click(f"tr:has-text('示例钢铁'):has-text('{LAST_MONTH}'):has-text('待审核') a")
    page.wait_for_selector("#review")
    assert "柴油" in page.inner_text("#review")
    page.select_option("#comment-cell", f"energy:{diesel}:consumption")
    page.fill("#comment [name=text]", "与加油记录不符")
    page.click("#comment button")
    page.wait_for_selector("text=与加油记录不符")
    page.fill("#reason", "请核对柴油消费量")
    page.click("button[value=return]")
    page.wait_for_selector("text=已办理")


def amend(page, address, diesel):
    """See why it came back, open the next edition with the remark at its cell, and mend the figures."""
    page.goto("/statements/")
    assert "请核对柴油消费量" in page.inner_text("main")
    page.goto(address)
    assert "请核对柴油消费量" in page.inner_text("main")
    page.click("#amend")
    page.wait_for_selector("text=第 2 版")
    assert "与加油记录不符" in page.inner_text(f"#n-energy-{diesel}-consumption")
    for field, text in (("purchased", "31"), ("consumption", "29"), ("industrial", "21")):
        type_into(page, f"energy-{diesel}-{field}", text)


def cells(page):
    """Give every cell of a draft: its name, its value, and the words that stand for it."""
    return page.evaluate(READ_CELLS)


def download(page, path):
    """Save the Excel file."""
    page.click("text=下载")
    with page.expect_download() as started:
        page.click("#file-xlsx")
    started.value.save_as(path)
    return path


def send_through_excel(page, path):
    """Bring the draft back from its own Excel file: nothing is refused, and every cell is what it was."""
    before = cells(page)
    download(page, path)
    page.set_input_files("#file", path)
    page.click("button:has-text('导入')")
    page.wait_for_selector("text=全部单元格都读到了")
    assert page.locator("#bad-cells").count() == 0
    assert cells(page) == before


def accept(page, address):
    """Accept the second edition."""
    page.goto(address)
    page.click("button[value=accept]")
    page.wait_for_selector("text=已通过")


def shown(page):
    """Give what a kept edition shows in the cells that people typed, by the names that the draft gives them."""
    texts = page.evaluate(
        "() => [...document.querySelectorAll('.statement-value')].map(cell => [cell.id, cell.textContent])"
    )
    typed = {section.key: {field.key for field in section.typed} for section in statement_form("205-1").sections}
    found = {}
    for name, text in texts:
        section, row, field = name.removeprefix("v-").replace("---", "-*-").split("-")
        if field in typed[section]:
            found[f"{section}:{row.replace('*', '-')}:{field}"] = text.replace(",", "").replace("–", "")
    return found


def by_section(filed):
    """Gather the cells of a page as a file has them: by section and row, without the empty ones."""
    found = {}
    for name, value, _text in filed:
        section, row, field = name.split(":")
        kept = found.setdefault(section, {}).setdefault(row, {})
        if value:
            kept[field] = value
    return {section: list(rows.values()) for section, rows in found.items()}


def cells_of_file(path):
    """Read every cell of an Excel file of last month's 205-1; rows lose their numbers."""
    read = read_statement(path.read_bytes(), statement_form("205-1"))
    assert (read.bad, read.period) == ((), LAST_MONTH)
    return {
        section: [{name: text for name, text in row.items() if name != "#" and text} for row in rows]
        for section, rows in read.contents.items()
    }
