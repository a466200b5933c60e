"""Charts in Word documents: native DrawingML bar charts, so that an office can restyle them, without a drawing library.

A paragraph that holds nothing but ``【图：title】`` becomes the chart of that title (:func:`with_charts`); so a person
who edits the text can move a chart or take it out. Figures are written into the chart itself, missing ones are gaps.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from nenghao.reporting.characters import NOT_IN_WORKBOOKS as NOT_XML

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
INLINE = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
EMU_PER_CM = 360_000
WIDTH_CM = 15.2
MARK = re.compile(r"\s*【图：(.+?)】\s*")


@dataclass(frozen=True, slots=True)
class Series:
    """One series: its name, colour (``0072b2``) and a value per category, ``None`` where missing."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars per category, side by side or stacked, upright or lying."""

    title: str
    unit: str
    categories: Sequence[str]
    series: Sequence[Series]
    is_stacked: bool = False
    is_lying: bool = False
    height_cm: float = 7.5

    @property
    def mark(self) -> str:
        """The line of text in whose place the chart is drawn."""
        return f"【图：{self.title}】"


def with_charts(content: bytes, charts: Iterable[BarChart]) -> bytes:
    """Draw charts into a .docx in the places that name them; a name that is not known stays text."""
    import docx  # noqa: PLC0415 -- loaded when a file is written: few processes ever write one

    document, known = docx.Document(io.BytesIO(content)), {chart.title: chart for chart in charts}
    number = 0
    for paragraph in document.paragraphs:
        found = MARK.fullmatch(paragraph.text)
        if found and found[1] in known:
            number += 1
            _draw(document, paragraph, known[found[1]], number)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def _draw(document: Document, paragraph: Paragraph, chart: BarChart, number: int) -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE  # noqa: PLC0415 -- as above
    from docx.opc.packuri import PackURI  # noqa: PLC0415
    from docx.opc.part import Part  # noqa: PLC0415
    from docx.oxml import parse_xml  # noqa: PLC0415

    package = document.part.package
    assert package is not None
    part = Part(PackURI(f"/word/charts/nenghao{number}.xml"), CONTENT_TYPE, chart_xml(chart).encode(), package)
    relation = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    for run in paragraph.runs:
        run.text = ""
    paragraph.paragraph_format.first_line_indent = None
    paragraph.paragraph_format.line_spacing = None  # a fixed height of lines would cut the chart off
    paragraph.add_run()._element.append(parse_xml(_inline(chart, relation, number)))


def _inline(chart: BarChart, relation: str, number: int) -> str:
    width, height = round(WIDTH_CM * EMU_PER_CM), round(chart.height_cm * EMU_PER_CM)
    title = _text(chart.title)
    return (
        f'<w:drawing xmlns:w="{WORD}" xmlns:wp="{INLINE}" xmlns:a="{DRAWING}" xmlns:c="{CHART}" '
        f'xmlns:r="{RELATIONSHIPS}"><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{9000 + number}" name="{title}" descr="{title}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{CHART}"><c:chart r:id="{relation}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )


def chart_xml(chart: BarChart) -> str:
    """Give the chart's part of the document."""
    series = "".join(_series(chart, one, place) for place, one in enumerate(chart.series))
    direction, grouping = ("bar" if chart.is_lying else "col"), ("stacked" if chart.is_stacked else "clustered")
    overlap = '<c:overlap val="100"/>' if chart.is_stacked else ""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{CHART}" xmlns:a="{DRAWING}" xmlns:r="{RELATIONSHIPS}"><c:chart>'
        f'{_title(f"{chart.title}（{chart.unit}）", 1100)}<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="{direction}"/><c:grouping val="{grouping}"/><c:varyColors val="0"/>{series}'
        f'<c:gapWidth val="60"/>{overlap}<c:axId val="1"/><c:axId val="2"/></c:barChart>{_axes(chart)}</c:plotArea>'
        '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend><c:plotVisOnly val="1"/>'
        '<c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
    )


def _title(text: str, size: int) -> str:
    return (
        f'<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr sz="{size}" b="0"/></a:pPr><a:r>'
        f'<a:rPr lang="zh-CN" sz="{size}" b="0"/><a:t>{_text(text)}</a:t></a:r></a:p></c:rich></c:tx>'
        '<c:overlay val="0"/></c:title>'
    )


def _series(chart: BarChart, one: Series, place: int) -> str:
    names = "".join(f'<c:pt idx="{n}"><c:v>{_text(name)}</c:v></c:pt>' for n, name in enumerate(chart.categories))
    values = "".join(
        f'<c:pt idx="{n}"><c:v>{value!r}</c:v></c:pt>' for n, value in enumerate(one.values) if value is not None
    )
    count = f'<c:ptCount val="{len(chart.categories)}"/>'
    return (
        f'<c:ser><c:idx val="{place}"/><c:order val="{place}"/><c:tx><c:strRef><c:f>Sheet1!$A${place + 1}</c:f>'
        f'<c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>{_text(one.name)}</c:v></c:pt></c:strCache></c:strRef>'
        f'</c:tx><c:spPr><a:solidFill><a:srgbClr val="{one.colour}"/></a:solidFill></c:spPr>'
        f'<c:invertIfNegative val="0"/><c:cat><c:strLit>{count}{names}</c:strLit></c:cat>'
        f"<c:val><c:numLit><c:formatCode>#,##0</c:formatCode>{count}{values}</c:numLit></c:val></c:ser>"
    )


def _axes(chart: BarChart) -> str:
    below, side = ("l", "b") if chart.is_lying else ("b", "l")
    order = "maxMin" if chart.is_lying else "minMax"
    crosses = "max" if chart.is_lying else "autoZero"
    return (
        f'<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="{order}"/></c:scaling><c:delete val="0"/>'
        f'<c:axPos val="{below}"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:crossAx val="2"/><c:crosses val="autoZero"/>'
        '</c:catAx><c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{side}"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill>'
        '<a:srgbClr val="DFE4EB"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'
        '<c:numFmt formatCode="#,##0" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/><c:crossAx val="1"/><c:crosses val="{crosses}"/></c:valAx>'
    )


def _text(text: str) -> str:
    return escape(NOT_XML.sub("", text), {'"': "&quot;"})
