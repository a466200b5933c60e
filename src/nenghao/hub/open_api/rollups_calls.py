"""Rollups of enterprises, and totals of regions, in quantity and in coal equivalent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Query, Router

from nenghao.hub.open_api.answers import answer, described
from nenghao.hub.open_api.asked import Asked, Kind, Question, bad_parameter, period_kind, span
from nenghao.hub.open_api.auth import Caller, caller_for
from nenghao.hub.open_api.factor_status import unit_of, weakest
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.registry_calls import chosen_enterprises
from nenghao.hub.open_api.rows import looked_up, table_of
from nenghao.hub.open_api.schemas_readings import RollupRow, TotalRow
from nenghao.hub.store import get_store
from nenghao.readings.exchange import BEFORE_ALL, group_totals, rollup_rows

router = Router(tags=["汇总 Rollups"])
LONGEST = {
    "hour": timedelta(days=366), "day": timedelta(days=3660), "month": timedelta(days=36600),
    "year": timedelta(days=36600),
}  # fmt: skip


class PeriodsAsked(Asked):
    """Which periods, of which energy, where."""

    start: str = Field(..., max_length=35, description="起（含） / from, inclusive", examples=["2026-03-01"])
    end: str = Field(..., max_length=35, description="止（不含） / until, exclusive", examples=["2026-04-01"])
    kind: Kind = Field("day", description="时段长度 / length of the periods")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    energy: str | None = Field(None, max_length=60, description="能源品种 / one energy")

    def range(self) -> dict[str, Any]:
        """Give the period's kind and its borders, for the store."""
        start, end = span(self.start, self.end)
        if end - start > LONGEST[self.kind]:
            raise bad_parameter("end", "时段过长，请分段查询", "the range is too long: ask for parts of it")
        return {"kind": period_kind(self.kind), "start": start, "end": end}


class RollupsAsked(PeriodsAsked):
    """Which rollups."""

    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")


class TotalsAsked(PeriodsAsked):
    """Which totals."""

    children: bool = Field(False, description="同时给出各直接下级 / give every region directly below it, too")


@router.get("/rollups", summary="用能单位汇总 / rollups of enterprises", **described(RollupRow))
def rollups(request: HttpRequest, asked: Query[RollupsAsked]) -> HttpResponse:
    """单位、品种、时段的实物量和折标煤，与页面一致。 / Quantity and coal equivalent by enterprise, energy and period:
    the figures of the pages.
    """
    caller, question = caller_for(request, Scope.READINGS), Question(request, asked)
    place = question.place()
    members = dict(chosen_enterprises(caller, asked.enterprise, asked.region).values_list("pk", "code"))
    after = (int(place[0]), place[1], datetime.fromisoformat(place[2])) if place else (0, "", BEFORE_ALL)
    table = rollup_rows(
        get_store(), enterprise_ids=members, energy_keys=[asked.energy] if asked.energy else [], after=after,
        limit=asked.limit + 1, **asked.range(),
    )  # fmt: skip
    cursor = _cursor(question, table, asked.limit, ("enterprise_id", "energy_key", "period_start"))
    return answer(request, question, Page(_rollup_table(table.slice(0, asked.limit), members), cursor))


def _rollup_table(table: pa.Table, members: dict[int, str]) -> pa.Table:
    columns = _columns(table)
    keys, tce = columns["energy_key"].to_pylist(), columns["tce"].to_pylist()
    factors = columns["factor_id"].to_pylist()
    found = [
        weakest([factor], key) if value is not None else None
        for key, value, factor in zip(keys, tce, factors, strict=True)
    ]
    return table_of(RollupRow, columns | {
        "enterprise_code": looked_up(columns["enterprise_id"], members, pa.string()), "factor_status": found,
    })  # fmt: skip


@router.get("/totals", summary="地区合计 / totals of regions", **described(TotalRow))
def totals(request: HttpRequest, asked: Query[TotalsAsked]) -> HttpResponse:
    """地区（及各直接下级）的品种合计，缺省为本节点。 / Totals of a region, and of those directly below it, by energy;
    the token's own region where none is named. An enterprise has none.
    """
    caller, question = caller_for(request, Scope.READINGS), Question(request, asked)
    place = question.place()
    table = group_totals(
        get_store(), members=_members(caller, asked), energy_keys=[asked.energy] if asked.energy else [],
        after=(place[0], place[1], datetime.fromisoformat(place[2])) if place else ("", "", BEFORE_ALL),
        limit=asked.limit + 1, **asked.range(),
    )  # fmt: skip
    cursor = _cursor(question, table, asked.limit, ("group_code", "energy_key", "period_start"))
    columns = _columns(table.slice(0, asked.limit))
    rows = zip(columns["energy_key"].to_pylist(), columns["factor_ids"].to_pylist(), strict=True)
    found = [weakest(factors or (), key) for key, factors in rows]
    columns |= {"region_code": columns["group_code"], "factor_status": found}
    return answer(request, question, Page(table_of(TotalRow, columns), cursor))


def _members(caller: Caller, asked: TotalsAsked) -> list[tuple[int, str]]:
    """Give the enterprises with the code of every group they belong to: the region, and its child above them."""
    code = asked.region or caller.account.region_id
    region = caller.regions.filter(code=code).first() if code else None
    if region is None:
        raise Http404("region")
    rows = list(caller.enterprises.filter(region__path__startswith=region.path).values_list("pk", "region__path"))
    found = [(key, region.code) for key, _path in rows]
    if asked.children:
        below = [(key, path.removeprefix(region.path)) for key, path in rows]
        found += [(key, rest.split("/")[0]) for key, rest in below if rest]
    return found


def _columns(table: pa.Table) -> dict[str, Any]:
    columns: dict[str, Any] = {name: table.column(name) for name in table.column_names}
    units = [unit_of(key) for key in columns["energy_key"].to_pylist()]
    return columns | {"unit": pa.array(units, pa.string()), "coal_equivalent_tce": columns["tce"]}


def _cursor(question: Question, table: pa.Table, limit: int, key: tuple[str, ...]) -> str | None:
    """Give the cursor after the last row of the page, where a further row was found."""
    if table.num_rows <= limit:
        return None
    last = [table.column(name)[limit - 1].as_py() for name in key]
    return question.cursor(*last[:-1], last[-1].isoformat())
