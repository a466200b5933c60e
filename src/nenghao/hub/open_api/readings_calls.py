"""Readings, their versions, rollups of enterprises and totals of regions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router

from nenghao.hub.open_api.answers import answer, described
from nenghao.hub.open_api.asked import OVERLAP, Asked, Question, bad_parameter, since_or_time, span
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.item_pages import Position, item_page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.registry_calls import chosen_enterprises
from nenghao.hub.open_api.rows import looked_up, table_of, words
from nenghao.hub.open_api.schemas_readings import STAT_TYPES, STATES, ReadingRow, State, StatType, VersionRow
from nenghao.hub.registry.models import DataItem
from nenghao.hub.store import get_store
from nenghao.readings.exchange import Slots, current_readings, mark_at, versions_of_readings

router = Router(tags=["读数 Readings"])
SLOT_LENGTHS = (timedelta(minutes=15), timedelta(days=1), timedelta(days=28), timedelta(days=365))


class ReadingsAsked(Asked):
    """Which readings."""

    start: str = Field(..., max_length=35, description="起（含） / from, inclusive", examples=["2026-03-01"])
    end: str = Field(..., max_length=35, description="止（不含） / until, exclusive", examples=["2026-03-02"])
    stat_type: StatType = Field("realtime", description="统计类型 / statistic type")
    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    data_code: str | None = Field(None, max_length=20, description="数据项编码 / one data code")
    energy: str | None = Field(None, max_length=60, description="能源品种 / one energy")
    state: State | None = Field(None, description="只要此状态 / only in this state")
    changed_since: str = Field(
        "",
        max_length=35,
        description="上次的 mark，或时间：只要此后有新版本的 / a mark or a time: only what changed since",
    )


@router.get("/readings", summary="读数 / readings", **described(ReadingRow))
def readings(request: HttpRequest, asked: Query[ReadingsAsked]) -> HttpResponse:
    """现行读数，按数据项和时间排序；各页合为同一时刻的快照。 / Current readings by data item and time; all pages
    together are one state of the store, whatever arrives meanwhile.
    """
    return _items_answer(request, asked, current_readings, _reading_table, ("data_item_id", "period_start"))


@router.get("/readings/versions", summary="读数版本 / versions of readings", **described(VersionRow))
def versions(request: HttpRequest, asked: Query[ReadingsAsked]) -> HttpResponse:
    """每个读数的全部版本（补发、补正）。 / Every version of every reading: resent, corrected."""
    if asked.changed_since or asked.state:
        raise bad_parameter(
            "changed_since" if asked.changed_since else "state", "版本查询不支持此参数", "versions cannot be asked so"
        )
    return _items_answer(
        request, asked, versions_of_readings, _version_table, ("data_item_id", "period_start", "version")
    )


def _items_answer(request: HttpRequest, asked: ReadingsAsked, ask: Any, make: Any, key: Any) -> HttpResponse:
    caller, question, store = caller_for(request, Scope.READINGS), Question(request, asked), get_store()
    place = question.place()
    start, end = span(asked.start, asked.end)
    slots = _slots(asked, start, end, int(place[0]) if place else store.last_batch_id)
    rows = chosen_enterprises(caller, asked.enterprise, asked.region)
    items = DataItem.objects.filter(enterprise__in=rows.values("pk"))
    if asked.data_code:
        items = items.filter(data_code=asked.data_code)
    if asked.energy:
        items = items.filter(energy_key=asked.energy)
    length = SLOT_LENGTHS[slots.stat_type]
    found = item_page(
        store, items=items, slots=slots, ask=ask, key=key, limit=asked.limit,
        after=Position.read(place[1:]) if place else None, per_item=max(1, (end - start) // length),
    )  # fmt: skip
    cursor = question.cursor(slots.mark, *found.last.written()) if found.last else None
    return answer(request, question, Page(make(found, asked.stat_type), cursor, str(slots.mark)))


def _slots(asked: ReadingsAsked, start: datetime, end: datetime, mark: int) -> Slots:
    return Slots(
        stat_type=STAT_TYPES.index(asked.stat_type), start=start, end=end, mark=mark, since=_since(asked.changed_since),
        states=(STATES.index(asked.state),) if asked.state else (),
    )  # fmt: skip


def _since(text: str) -> int:
    if not text:
        return 0
    asked = since_or_time(text, "changed_since")
    return mark_at(get_store(), asked - OVERLAP) if isinstance(asked, datetime) else asked


def _common(found: Any, stat_type: str) -> dict[str, Any]:
    table, items = found.table, found.items
    ids = table.column("data_item_id")

    def of_item(place: int) -> Any:
        return looked_up(ids, {key: facts[place] for key, facts in items.items()}, pa.string())

    return {name: table.column(name) for name in table.column_names} | {
        "enterprise_code": of_item(0), "data_code": of_item(1), "energy_key": of_item(2), "unit": of_item(3),
        "stat_type": pa.array([stat_type] * table.num_rows, pa.string()), "state": words(table.column("state"), STATES),
    }  # fmt: skip


def _reading_table(found: Any, stat_type: str) -> pa.Table:
    return table_of(ReadingRow, _common(found, stat_type))


def _version_table(found: Any, stat_type: str) -> pa.Table:
    columns = _common(found, stat_type)
    for name in ("method", "reason"):
        columns[name] = pa.array([text or None for text in columns[name].to_pylist()], pa.string())
    return table_of(VersionRow, columns)
