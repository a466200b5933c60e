"""Chinese first, English by the switch, whatever language the browser was installed in."""

import io
import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

import nenghao
import nenghao.hub
from nenghao.hub.monitoring.words import in_page_language, unit_word
from nenghao.hub.production.models import Product

pytestmark = pytest.mark.django_db
STORED_UNIT = re.compile(r"\{\{ *[a-z_.]*(?:base_unit|wire_unit|entered_unit|\.unit) *\}\}")
WRITTEN_BY_THE_SYSTEM = {
    "quality_rules/sheet.html", "quality_rules/field.html", "targets/amount_cell.html", "targets/own.html",
    "quality_review/comparison.html",
}  # fmt: skip
"""Their units are words of the page already (see quality_rules.words.unit_word), or tce and percent alone."""
CHINESE_DOCUMENTS = {"bulletins/bulletin.html", "analysis/report.html"}


def test_an_english_browser_sees_chinese_until_it_switches(client):
    page = client.get(reverse("sign-in"), headers={"accept-language": "en-US,en"})
    assert '<html lang="zh' in page.content.decode()
    client.post(reverse("set_language"), {"language": "en"})
    page = client.get(reverse("sign-in"), headers={"accept-language": "zh-CN"})
    assert '<html lang="en' in page.content.decode()


@pytest.mark.parametrize(
    ("stored", "chinese", "english"),
    [
        ("万kWh", "万kWh", "10,000 kWh"),
        ("万千瓦时", "万千瓦时", "10,000 kWh"),
        ("tce/万元", "tce/万元", "tce/10,000 yuan"),
        ("亿yuan", "亿元", "100 million yuan"),
        ("万吨标准煤", "万吨标准煤", "10,000 tce"),
        ("kgce/百万片", "kgce/百万片", "kgce/million pieces"),
        ("kgoe/(t·能量因数)", "kgoe/(t·能量因数)", "kgoe/(t·energy factor)"),
        ("元", "元", "yuan"),
        ("吨", "吨", "t"),
        ("kWh/m²", "kWh/m²", "kWh/m²"),
        ("10,000 yuan", "10,000 元", "10,000 yuan"),
        ("槽罐", "槽罐", "槽罐"),
        ("", "", ""),
    ],
)
def test_a_unit_is_written_as_the_reader_of_the_page_does(stored, chinese, english):
    assert unit_word(stored) == chinese
    with translation.override("en"):
        assert unit_word(stored) == english
        assert unit_word(english) == english


def test_no_unit_of_the_reference_data_stays_chinese_in_english():
    data = Path(nenghao.__path__[0])
    units = set()
    for file in (*data.glob("reference/data/**/*.csv"), *data.glob("reporting/forms/**/*.toml")):
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix == ".toml":
            units |= set(re.findall(r'\bunit = "([^"]+)"', text))
            continue
        heading, *rows = (line.split(",") for line in text.splitlines())
        places = [place for place, name in enumerate(heading) if name.endswith("unit")]
        units |= {row[place] for row in rows for place in places if '"' not in ",".join(row)}
    assert len(units) > 30
    with translation.override("en"):
        assert [unit for unit in units if re.search("[\u3400-\u9fff]", unit_word(unit))] == []


def test_templates_write_stored_units_in_the_language_of_the_page():
    folder = Path(nenghao.hub.__path__[0])
    found = {
        "/".join(file.parts[-2:]) for file in folder.glob("**/templates/**/*.html")
        if STORED_UNIT.search(file.read_text(encoding="utf-8"))
    }  # fmt: skip
    assert found == WRITTEN_BY_THE_SYSTEM | CHINESE_DOCUMENTS


@pytest.mark.parametrize(
    ("text", "chinese", "english"),
    [
        ("折标系数 / factors", "折标系数", "factors"),
        ("甲 / one; 乙 / two", "甲; 乙", "one; two"),
        ("甲; 乙 / two; three", "甲; 乙", "two; three"),
        ("书（草案 / draft）, 目（题名 / title）", "书（草案）, 目（题名）", "书 (draft), 目 (title)"),
        ("发改产业〔2023〕723号 ok", "发改产业〔2023〕723号 ok", "发改产业〔2023〕723号 ok"),
        ("亿元 / 万tce", "亿元 / 万tce", "亿元 / 万tce"),
        ("50 / 60 Hz", "50 / 60 Hz", "50 / 60 Hz"),
    ],
)
def test_a_note_in_both_languages_is_shown_in_one(text, chinese, english):
    assert in_page_language(text) == chinese
    with translation.override("en"):
        assert in_page_language(text) == english


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "万m2"), ("en", "10,000 m2")])
def test_pages_and_their_workbooks_have_units_in_the_reader_s_language(yantai, browse, language, shown):
    Product.objects.create(enterprise=yantai.enterprise, code="P1", name="Felt", unit="万m2")
    yantai.enterprise.data_items.update(base_unit="万m2", wire_unit="万m2")
    browser = browse(yantai.officer)
    browser.cookies["django_language"] = language
    code = yantai.enterprise.code
    for page in (
        "/production/", f"/production/enterprises/{code}/", f"/production/enterprises/{code}/products/P1/",
        f"/enterprises/{code}/registry/data-items/",
    ):  # fmt: skip
        text = re.sub(r'value="[^"]*"', "", browser.get(page).content.decode())  # what is sent back stays as stored
        assert shown in text, page
        assert language != "en" or "万m2" not in text, page
    for page in ("/production/", f"/enterprises/{code}/registry/data-items/"):
        answer = browser.get(page, {"format": "xlsx"})
        sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
        assert shown in {cell.value for row in sheet.iter_rows() for cell in row}, page
