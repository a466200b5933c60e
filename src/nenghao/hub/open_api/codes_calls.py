"""Codes: energies with their factors, industries, and the dictionary of the upload protocol."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from nenghao.hub.open_api.answers import PROBLEMS, answer, described
from nenghao.hub.open_api.asked import Asked, Question
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.rows import Row, table_of_rows, told
from nenghao.hub.open_api.schemas_readings import FactorStatus
from nenghao.reference import library

router = Router(tags=["代码 Codes"])


class EnergyRow(Row):
    """An energy or working medium (能源品种)."""

    energy_key: str = told("能源品种", "key", "electricity")
    class_code: str = told("采集数据类型编码", "class code on the wire", "02")
    type_code: str = told("分类分项编码", "type code on the wire", "3300")
    name_zh: str = told("中文名", "Chinese name", "电力")
    name_en: str = told("英文名", "English name", "electricity")
    unit: str = told("存储单位", "unit of quantities here", "kWh")
    wire_unit: str = told("上传单位", "unit on the wire", "万kWh")
    status: FactorStatus = told("状态；unverified 即待核", "status; unverified must be shown as 待核", "secondhand")


class FactorRow(Row):
    """A coal-equivalent factor (折标准煤系数)."""

    factor_id: str = told("系数标识", "identifier", "gbt2589-2020/电力")
    energy_key: str = told("能源品种", "energy", "electricity")
    kgce_per_unit: float = told("系数 [kgce/unit]", "factor [kgce per unit]", 0.1229)
    unit: str = told("单位", "its unit", "kgce/kWh")
    basis: str = told("当量值或等价值", "calorific or equivalent", "calorific")
    citation: str = told("出处", "where it is printed", "GB/T 2589-2020 表A.2")
    valid_from: date = told("启用日", "in force from", "2021-04-01")
    valid_until: date | None = told("停用日（不含）", "until, exclusive")
    status: FactorStatus = told("状态；unverified 即待核", "status; unverified must be shown as 待核", "secondhand")


class IndustryRow(Row):
    """An industry (行业, GB/T 4754)."""

    code: str = told("行业代码", "code", "C3110")
    name: str = told("名称", "name", "炼铁")
    level: Literal["section", "division", "group", "class"] = told("级别", "level", "class")


@router.get("/codes/energies", summary="能源品种 / energies", **described(EnergyRow))
def energies(request: HttpRequest, asked: Query[Asked]) -> HttpResponse:
    """能源品种和耗能工质及其单位。 / Energies and working media with their units."""
    rows = [
        (one.key, one.class_code, one.type_code, one.name_zh, one.name_en, one.base_unit, one.wire_unit, one.status)
        for one in library().energy_types()
    ]
    return _rows(request, asked, EnergyRow, rows)


@router.get("/codes/factors", summary="折标准煤系数 / factors", **described(FactorRow))
def factors(request: HttpRequest, asked: Query[Asked]) -> HttpResponse:
    """折标准煤系数的全部版次和出处。 / Every edition of the coal-equivalent factors, with where it is printed."""
    known = library()
    rows = [
        (one.factor_id, one.key, one.value, one.unit, one.basis, f"{one.standard}-{one.edition} {one.clause}".strip(),
         one.valid_from, one.valid_until, one.status)
        for energy in known.energy_types() for one in known.coal_equivalent_factors(energy.key)
    ]  # fmt: skip
    return _rows(request, asked, FactorRow, rows)


@router.get("/codes/industries", summary="行业 / industries", **described(IndustryRow))
def industries(request: HttpRequest, asked: Query[Asked]) -> HttpResponse:
    """国民经济行业分类。 / Industries of GB/T 4754."""
    return _rows(request, asked, IndustryRow, [(one.code, one.name, one.level) for one in library().industries()])


@router.get("/codes/dictionary", summary="协议数据字典 / dictionary of the protocol", response={200: dict, **PROBLEMS})
def dictionary(request: HttpRequest) -> HttpResponse:
    """上传协议的数据字典及其版本，同 downloadBaseData。 / The dictionary that gateways download, and its version."""
    caller_for(request, Scope.REGISTRY)
    return HttpResponse(msgspec.json.encode(library().dictionary()), content_type="application/json")


def _rows(request: HttpRequest, asked: Asked, row: type[Row], rows: list[tuple[Any, ...]]) -> HttpResponse:
    """Page a table that never changes while the program runs."""
    caller_for(request, Scope.REGISTRY)
    question = Question(request, asked)
    first = int((question.place() or [0])[0])
    end = first + question.limit
    cursor = question.cursor(end) if end < len(rows) else None
    return answer(request, question, Page(table_of_rows(row, rows[first:end]), cursor))
