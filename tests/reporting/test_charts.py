"""Charts in Word: native, in the places that name them, readable by another program."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from nenghao.reporting.charts import BarChart, Series, chart_xml, with_charts

CHART = {"c": "http://schemas.openxmlformats.org/drawingml/2006/chart"}
TREND = BarChart("各月<综合>&能耗", "tce", ["1月", "2月"], [Series("今年", "14508C", [1.5, None])])


def document(*texts: str) -> bytes:
    made = docx.Document()
    for text in texts:
        made.add_paragraph(text)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def test_a_line_that_names_a_chart_becomes_it() -> None:
    filled = with_charts(document("前文", TREND.mark, "【图：不认识】", f"见{TREND.mark}"), [TREND])
    found = docx.Document(io.BytesIO(filled))
    assert [p.text for p in found.paragraphs] == ["前文", "", "【图：不认识】", f"见{TREND.mark}"]
    parts = [rel.target_part for rel in found.part.rels.values() if rel.reltype.endswith("/chart")]
    assert [str(part.partname) for part in parts] == ["/word/charts/nenghao1.xml"]
    assert parts[0].blob.decode() == chart_xml(TREND)


def test_what_is_missing_is_a_gap() -> None:
    values = ET.fromstring(chart_xml(TREND)).findall(".//c:val//c:pt", CHART)
    assert [(point.get("idx"), point[0].text) for point in values] == [("0", "1.5")]


@settings(deadline=None, max_examples=40)
@given(st.text(), st.lists(st.tuples(st.text(), st.one_of(st.none(), st.floats(-1e9, 1e9))), max_size=6), st.booleans())
def test_any_words_give_well_formed_xml(title: str, rows: list[tuple[str, float | None]], lying: bool) -> None:
    chart = BarChart(title, title, [r[0] for r in rows], [Series(title, "000000", [r[1] for r in rows])], lying, lying)
    root = ET.fromstring(chart_xml(chart))
    assert len(root.findall(".//c:cat//c:pt", CHART)) == len(rows)
