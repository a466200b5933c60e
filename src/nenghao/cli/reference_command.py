"""``nenghao reference``: the numbers of the law that the system uses, with citation, validity and status."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nenghao.errors import Language, NenghaoError
from nenghao.reference import (
    EnergyType,
    Factor,
    Library,
    ReferenceDataError,
    Status,
    basis_label,
    library,
    status_label,
)
from nenghao.reference.figures import Figure, check, figures
from nenghao.reference.quota_metrics import metric_key
from nenghao.supervision import QuotaBook, judge

PIPE_WIDTH = 200
"""Columns used when the output is not a terminal, so that nothing is cut."""

app = typer.Typer(
    no_args_is_help=True, help="参考数据: 系数、出处、有效期、核对状态 / the numbers of the law, with citation"
)


class LanguageOption(StrEnum):
    """The languages of the command."""

    ZH = "zh"
    EN = "en"


LanguageArgument = Annotated[LanguageOption, typer.Option("--language", help="zh | en")]
DataArgument = Annotated[
    Path | None, typer.Option("--data", help="另一数据目录 / another data folder", exists=True, file_okay=False)
]

WORDS = {
    "zh": {
        "key": "键", "name": "名称", "wire": "线上代码", "base": "基本单位", "wire_unit": "线上单位", "value": "数值",
        "unit": "单位", "basis": "口径", "standard": "标准", "clause": "条款", "from": "起", "until": "止(不含)",
        "status": "状态", "source": "来源", "note": "说明", "rows": "行数", "table": "表", "quantity": "项",
        "energies": "能源品种与耗能工质(最新版系数)",
        "tables": "系数表、排放因子集、限额标准、标杆基准、计量表与淘汰目录",
        "ours": "自编",
        "none": "无", "checked": "全部数据通过校验", "kind": "类别", "count": "数量", "code": "线上代码",
        "printed": "印刷值", "factors": "各版折标准煤系数",
    },
    "en": {
        "key": "key", "name": "name", "wire": "wire code", "base": "base unit", "wire_unit": "wire unit",
        "value": "value", "unit": "unit", "basis": "basis", "standard": "standard", "clause": "clause", "from": "from",
        "until": "until (excl.)", "status": "status", "source": "source", "note": "note", "rows": "rows",
        "table": "table", "quantity": "quantity", "energies": "Energy types and working media (newest factor)",
        "tables": "Coefficient tables, CO2 sets, quota standards, benchmarks, metering tables, outdated equipment",
        "ours": "ours", "none": "none",
        "checked": "all data pass the checks", "kind": "kind", "count": "count", "code": "wire code",
        "printed": "as printed", "factors": "Coal-equivalent factors of every edition",
    },
}  # fmt: skip

COUNT_NAMES_ZH = {
    "coefficient_tables": "折标准煤系数表",
    "coefficient_rows": "系数行",
    "co2_sets": "排放因子集",
    "co2_rows": "排放因子行",
    "quota_tables": "限额标准",
    "quota_rows": "限额行",
    "quota_corrections": "限额修正规则",
    "quota_tests": "限额算例",
    "benchmark_rows": "标杆基准行",
    "metering_tables": "计量表",
    "metering_rows": "计量表行",
    "eliminated_tables": "淘汰目录",
    "eliminated_entries": "淘汰目录条目",
    "energy_types": "能源品种",
    "energy_tests": "品种自带算例",
    "figures": "数值",
    "regions": "行政区划",
    "industries": "行业",
    "processes": "工序",
    "enumeration_values": "枚举值",
}


@app.command("list")
def list_command(language: LanguageArgument = LanguageOption.ZH) -> None:
    """列出全部能源品种和表 / list all energy types and tables."""
    word, lang = WORDS[language.value], _language(language)
    table = _table(word["energies"], [word[w] for w in ("key", "name", "wire", "base", "value", "basis", "standard")])
    table.add_column(word["status"])
    for energy_type in library().energy_types():
        found = library().coal_equivalent_factors(energy_type.key)
        newest = next((f for f in found if f.valid_until is None), found[-1] if found else None)
        table.add_row(energy_type.key, energy_type.name(lang), _wire_code(energy_type, lang), energy_type.base_unit,
                      *_newest_cells(newest, lang))  # fmt: skip
    _console().print(table)
    _console().print(_table_list(lang))


@app.command("show")
def show_command(key: str, language: LanguageArgument = LanguageOption.ZH) -> None:
    """显示一个品种的各版系数, 或一张表的全部数值 / show an energy type's editions, or all numbers of a table."""
    lang = _language(language)
    rows = [figure for figure in figures(library()) if figure.header.key == key]
    if rows:
        _console().print(_figure_table(rows, lang))
        return
    try:
        energy_type = library().energy_type(key)
    except NenghaoError as error:
        error.mend_zh += "; 或用表的键"
        error.mend_en += "; or the key of a table"
        raise
    _show_energy(energy_type, lang)


@app.command("check")
def check_command(language: LanguageArgument = LanguageOption.ZH, data: DataArgument = None) -> None:
    """对全部数据执行校验并计数 / apply every refusal to the data and count."""
    lang = _language(language)
    word = WORDS[lang]
    found = library() if data is None else Library(data)
    checked = check(found)
    run_quota_tests(found)
    table = _table("", [word["kind"], word["count"]])
    table.columns[1].justify = "right"
    for name, count in checked.counts.items():
        table.add_row(COUNT_NAMES_ZH[name] if lang == "zh" else name.replace("_", " "), str(count))
    for status, count in checked.statuses.items():
        table.add_row(Text(f"{word['status']}: ").append_text(_status(status, lang)), str(count))
    _console().print(table)
    _console().print(word["checked"])


def run_quota_tests(found: Library) -> None:
    """Run the worked tests that the quota files carry; the first that fails is refused by name."""
    book = QuotaBook(found.quota_tables, found.benchmark_tables)
    for table in found.quota_tables:
        for test in table.tests:
            grade = judge(
                product=test.product, condition=test.condition, metric=metric_key(test.metric, table.header.path.name),
                value=test.value, parameters=test.parameters, on=test.on, is_new_capacity=False, tables=book,
            ).grade  # fmt: skip
            if grade != test.grade:
                raise ReferenceDataError(
                    "reference-test", f"算例不符: {test.product} {test.value:g} 判为 {grade}, 应为 {test.grade}",
                    f"a test fails: {test.product} {test.value:g} is judged {grade}, {test.grade} expected",
                    record=table.header.path.name, field="test", mend_zh="核对限额、修正与算例",
                    mend_en="check limits, corrections and the test",
                )  # fmt: skip


def _language(option: LanguageOption) -> Language:
    return "zh" if option is LanguageOption.ZH else "en"


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PIPE_WIDTH)


def _table(title: str, columns: list[str]) -> Table:
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _status(status: Status, lang: Language) -> Text:
    return Text(status_label(status, lang), style="bold yellow" if status == "unverified" else "")


def _wire_code(energy_type: EnergyType, lang: Language) -> Text:
    """The code, with 自编 for one of ours and 待核 where it is not verified."""
    text = Text(f"{energy_type.class_code or '??'}{energy_type.type_code}" if energy_type.type_code else "—")
    if energy_type.ours:
        text.append(f" {WORDS[lang]['ours']}")
    if energy_type.type_code and energy_type.status == "unverified":
        text.append(" ").append_text(_status(energy_type.status, lang))
    return text


def _newest_cells(factor: Factor | None, lang: Language) -> list[Text | str]:
    if factor is None:
        return [WORDS[lang]["none"], "", "", ""]
    until = f" (…{factor.valid_until})" if factor.valid_until else ""
    value = f"{factor.value:g} {factor.unit}"
    return [value, basis_label(factor.basis, lang), factor.citation + until, _status(factor.status, lang)]


def _table_list(lang: Language) -> Table:
    word = WORDS[lang]
    table = _table(word["tables"], [word[w] for w in ("table", "name", "standard", "from", "until", "rows")])
    shipped = library()
    for one in (*shipped.coefficient_tables, *shipped.co2_tables, *shipped.quota_tables, *shipped.benchmark_tables,
                *shipped.metering_tables, *shipped.eliminated_tables):  # fmt: skip
        header = one.header
        table.add_row(header.key, header.title(lang), header.citation, str(header.valid_from or "—"),
                      str(header.valid_until or "—"), str(len(one.rows)))  # fmt: skip
    return table


def _figure_table(rows: list[Figure], lang: Language) -> Table:
    word, header = WORDS[lang], rows[0].header
    title = f"{header.citation} {header.title(lang)} ({rows[0].validity})"
    columns = ("name", "quantity", "value", "unit", "clause", "status", "source", "note")
    table = _table(title, [word[column] for column in columns])
    for row in rows:
        table.add_row(row.name, row.quantity, row.value, row.unit, row.clause, _status(row.status, lang), row.source,
                      row.note)  # fmt: skip
    return table


def _value(factor: Factor) -> str:
    span = f" ({factor.value_low:g}~{factor.value_high:g})" if factor.is_range else ""
    return f"{factor.value:g} {factor.unit}{span}"


def _show_energy(energy_type: EnergyType, lang: Language) -> None:
    word, console = WORDS[lang], _console()
    console.print(Text(f"{energy_type.key}  {energy_type.name_zh}  {energy_type.name_en}", style="bold"))
    console.print(Text(f"{word['code']}: ").append_text(_wire_code(energy_type, lang)))
    console.print(Text(f"{word['source']}: {energy_type.source}"))
    console.print(f"{word['base']}: {energy_type.base_unit}   {word['wire_unit']}: {energy_type.wire_unit}")
    if energy_type.note:
        console.print(Text(f"{word['note']}: {energy_type.note}"))
    columns = ("standard", "value", "printed", "basis", "clause", "from", "until", "status", "source", "note")
    table = _table(word["factors"], [word[w] for w in columns])
    for factor in library().coal_equivalent_factors(energy_type.key):
        table.add_row(
            factor.citation, _value(factor), factor.printed,
            basis_label(factor.basis, lang), factor.clause, str(factor.valid_from or "—"),
            str(factor.valid_until or "—"), _status(factor.status, lang), factor.source, factor.note,
        )  # fmt: skip
    console.print(table)
