"""The registry's resources: regions, enterprises, processes, meters, data items, devices."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router

from nenghao.hub.open_api.answers import answer, described, page_of
from nenghao.hub.open_api.asked import BIGGEST_INT, SMALLER_PAGE, Asked, Question, today
from nenghao.hub.open_api.auth import Caller, caller_for
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.rows import arrow_schema
from nenghao.hub.open_api.schemas_registry import (
    DataItemRow,
    DeviceRow,
    EnterpriseRow,
    MeterRow,
    ProcessRow,
    RegionRow,
)
from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter, Process
from nenghao.hub.registry.models.versions import current_version
from nenghao.hub.store import get_store
from nenghao.readings.uploads import device_summaries

router = Router(tags=["档案 Registry"])


class RegionsAsked(Asked):
    """Which regions."""

    level: str | None = Field(None, max_length=8, description="nation、province、city 或 county / level")
    parent: str | None = Field(None, max_length=6, description="上级代码 / code of the region above")


class EnterprisesAsked(Asked):
    """Which enterprises."""

    search: str | None = Field(None, max_length=100, description="名称或代码的一部分 / part of the name or code")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    industry: str | None = Field(None, max_length=5, description="行业代码或前缀 / industry code or its beginning")
    energy_consume_level: int | None = Field(None, ge=1, le=6, description="能耗等级 / class of consumption")
    active: bool | None = Field(None, description="启用 / in use")
    since_version: int = Field(0, ge=0, le=BIGGEST_INT, description="此档案版本之后有变更的 / changed after a version")


class OfEnterprisesAsked(Asked):
    """Which rows of which enterprises."""

    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    since_version: int = Field(0, ge=0, le=BIGGEST_INT, description="此档案版本之后有变更的 / changed after a version")


def chosen_enterprises(caller: Caller, enterprise: str | None, region: str | None) -> QuerySet[Enterprise]:
    """Narrow the caller's enterprises; one that is not the caller's is simply not there."""
    rows = caller.enterprises
    if enterprise:
        rows = rows.filter(code=enterprise)
    if region:
        path = caller.regions.filter(code=region).values_list("path", flat=True).first()
        rows = rows.filter(region__path__startswith=path) if path else rows.filter(region_id=region)
    return rows


@router.get("/regions", summary="行政区划 / regions", **described(RegionRow))
def regions(request: HttpRequest, asked: Query[RegionsAsked]) -> HttpResponse:
    """本节点及下级的行政区划。 / The regions of the token's node and below it; none for an enterprise."""
    rows = caller_for(request, Scope.REGISTRY).regions
    if asked.level:
        rows = rows.filter(level=asked.level)
    if asked.parent:
        rows = rows.filter(parent=asked.parent)
    question = Question(request, asked)
    names = {"code": "code", "name": "name", "level": "level", "parent_code": "parent_id"}
    return answer(request, question, page_of(question, rows, RegionRow, names))


@router.get("/enterprises", summary="用能单位 / enterprises", **described(EnterpriseRow))
def enterprises(request: HttpRequest, asked: Query[EnterprisesAsked]) -> HttpResponse:
    """本节点的用能单位；用上次的 mark 作 since_version 取增量。 / The enterprises of the node; for changes only,
    give the mark of the last time as since_version.
    """
    caller = caller_for(request, Scope.REGISTRY)
    mark = current_version()
    rows = chosen_enterprises(caller, None, asked.region).filter(version__gt=asked.since_version)
    if asked.search:
        rows = rows.filter(Q(name__icontains=asked.search) | Q(code__icontains=asked.search))
    if asked.industry:
        rows = rows.filter(industry__code__startswith=asked.industry)
    if asked.energy_consume_level:
        rows = rows.filter(energy_consume_level=asked.energy_consume_level)
    if asked.active is not None:
        rows = rows.filter(active=asked.active)
    names = _names(EnterpriseRow) | {
        "region_code": "region_id", "industry_code": "industry_id", "latitude_deg": "latitude",
        "longitude_deg": "longitude", "registered_at": "created_at",
    }  # fmt: skip
    question = Question(request, asked)
    return answer(request, question, page_of(question, rows, EnterpriseRow, names, mark=mark))


@router.get("/processes", summary="生产工序 / processes", **described(ProcessRow))
def processes(request: HttpRequest, asked: Query[OfEnterprisesAsked]) -> HttpResponse:
    """生产工序。 / Production processes."""
    rows = Process.objects.annotate(unit_count=Count("units"))
    return _of_enterprises(request, asked, rows, ProcessRow, {"units": "unit_count"})


@router.get("/meters", summary="能源计量器具 / meters", **described(MeterRow))
def meters(request: HttpRequest, asked: Query[OfEnterprisesAsked]) -> HttpResponse:
    """能源计量器具。 / Metering instruments."""
    return _of_enterprises(request, asked, Meter.objects.all(), MeterRow, {})


@router.get("/data-items", summary="采集数据项 / data items", **described(DataItemRow))
def data_items(request: HttpRequest, asked: Query[OfEnterprisesAsked]) -> HttpResponse:
    """采集数据项。 / What is collected, with its unit."""
    return _of_enterprises(
        request, asked, DataItem.objects.all(), DataItemRow, {"unit": "base_unit", "process_code": "process__code"}
    )


@router.get("/devices", summary="接入设备 / gateways", **described(DeviceRow))
def devices(request: HttpRequest, asked: Query[OfEnterprisesAsked]) -> HttpResponse:
    """接入设备，不含密钥和地址。 / Gateways, without keys or addresses."""
    uploads = ("last_upload_at", "backlog", "clock_offset_s")
    placeholder: dict[str, str] = dict.fromkeys(uploads, "pk")
    return _of_enterprises(request, asked, Device.objects.all(), DeviceRow, placeholder, complete=_with_uploads)


def _names(row: Any) -> dict[str, str]:
    return {name: name for name in arrow_schema(row).names}


def _of_enterprises(  # noqa: PLR0917 -- one place for six calls
    request: HttpRequest, asked: OfEnterprisesAsked, rows: QuerySet[Any], row: Any, names: dict[str, str],
    complete: Any = None,
) -> HttpResponse:  # fmt: skip
    caller, question = caller_for(request, Scope.REGISTRY), Question(request, asked, SMALLER_PAGE)
    mark = current_version()
    chosen = chosen_enterprises(caller, asked.enterprise, asked.region)
    rows = rows.filter(enterprise__in=chosen.values("pk"), version__gt=asked.since_version)
    fields = _names(row) | {"enterprise_code": "enterprise__code"} | names
    page = page_of(question, rows, row, fields, mark=mark)
    return answer(request, question, complete(page, caller) if complete else page)


def _with_uploads(page: Page, caller: Caller) -> Page:
    """Put what the upload log knows into the last columns: one question for the whole page."""
    table = page.table
    schema, keys = table.schema, table.column("last_upload_at").cast(pa.int64()).to_pylist()
    owners = list(
        Device.objects.filter(pk__in=keys, enterprise__in=caller.enterprises.values("pk")).values_list(
            "enterprise_id", flat=True
        )
    )
    sent = {one.id: one for one in device_summaries(get_store(), enterprise_ids=set(owners), day=today())}
    for name in ("last_upload_at", "backlog", "clock_offset_s"):
        values = [getattr(sent.get(key), name, None) for key in keys]
        table = table.set_column(
            schema.get_field_index(name), schema.field(name), pa.array(values, schema.field(name).type)
        )
    return Page(table, page.next_cursor, page.mark)
