"""Monthly figures for another system, whole or what changed, so that nobody files twice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router

from nenghao.hub.open_api import monthly
from nenghao.hub.open_api.answers import answer, described
from nenghao.hub.open_api.asked import OVERLAP, SMALLER_PAGE, Asked, Question, bad_parameter, moment, month_of
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.registry_calls import chosen_enterprises
from nenghao.hub.open_api.rows import table_of_rows
from nenghao.hub.open_api.schemas_monthly import MonthlyRow
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.registry.models.versions import current_version
from nenghao.hub.store import get_store
from nenghao.readings import ReadingStore
from nenghao.readings.exchange import mark_at

router = Router(tags=["月度数据 Monthly"])
MOST_MONTHS = 36
MEMBERS_AT_ONCE = 500


class MonthlyAsked(Asked):
    """Which monthly figures."""

    start_month: str = Field(..., max_length=7, description="首月 / first month", examples=["2026-01"])
    end_month: str = Field(..., max_length=7, description="末月（含） / last month, inclusive", examples=["2026-03"])
    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    energy: str | None = Field(None, max_length=60, description="能源品种 / one energy")
    closed: bool | None = Field(None, description="只要已（未）封账的 / only closed, or only open months")
    changed_since: str = Field(
        "", max_length=40, description="上次的 mark 或时间，只要此后变更的 / a mark or a time: only what changed since"
    )


@router.get("/monthly", summary="月度数据 / monthly figures", **described(MonthlyRow))
def monthly_figures(request: HttpRequest, asked: Query[MonthlyAsked]) -> HttpResponse:
    """购进、消费、库存（填报），在线消费量和折标煤，质量，封账与否；用 mark 取增量。 / Purchase, consumption and
    stock as filed, consumption and coal equivalent from readings, quality, closed or not; changes by the mark.
    """
    caller, question, store = caller_for(request, Scope.MONTHLY), Question(request, asked, SMALLER_PAGE), get_store()
    months, place = _months(asked), question.place()
    mark = str(place[0]) if place else str(monthly.Mark.of(store, caller.now))
    after: monthly.Key | None = (int(place[1]), date.fromisoformat(place[2]), place[3]) if place else None
    members = chosen_enterprises(caller, asked.enterprise, asked.region).order_by("pk").select_related("region")
    changed = _changed(store, asked, members, months, caller.now)
    given = monthly.Mark.read(mark)
    given_at = given.moment if given else caller.now
    found = _collect(store, asked, members, months, changed, after, question.limit + 1, (caller.now, given_at))
    shown = found[: question.limit]
    last = shown[-1][0] if len(found) > question.limit else None
    cursor = question.cursor(mark, last[0], last[1].isoformat(), last[2]) if last else None
    return answer(request, question, Page(table_of_rows(MonthlyRow, [row for _key, row in shown]), cursor, mark))


def _months(asked: MonthlyAsked) -> list[date]:
    months = monthly.months_between(month_of(asked.start_month, "start_month"), month_of(asked.end_month, "end_month"))
    if not 1 <= len(months) <= MOST_MONTHS:
        raise bad_parameter(
            "end_month", f"须为 1 至 {MOST_MONTHS} 个月", f"ask for 1 to {MOST_MONTHS} months, the later one last"
        )
    return months


def _changed(
    store: ReadingStore, asked: MonthlyAsked, members: QuerySet[Enterprise], months: list[date], now: datetime
) -> set[tuple[int, date]] | None:
    if not asked.changed_since:
        return None
    mark = monthly.Mark.read(asked.changed_since)
    if mark is None:
        since = moment(asked.changed_since, "changed_since")
        mark = monthly.Mark(mark_at(store, since - OVERLAP), current_version(), since)
    return monthly.changed_since(store, mark, members=list(members), months=months, now=now)


def _collect(  # noqa: PLR0917 -- one loop, called once
    store: ReadingStore, asked: MonthlyAsked, members: QuerySet[Enterprise], months: list[date],
    changed: set[tuple[int, date]] | None, after: monthly.Key | None, wanted: int,
    moments: tuple[datetime, datetime],
) -> list[tuple[monthly.Key, tuple[Any, ...]]]:  # fmt: skip
    """Put rows together, some hundred enterprises at a time, until there are enough."""
    found: list[tuple[monthly.Key, tuple[Any, ...]]] = []
    if changed is not None:
        members = members.filter(pk__in={pk for pk, _month in changed}) if len(changed) < SMALLER_PAGE else members
    first = after[0] if after else 0
    size = max(1, min(MEMBERS_AT_ONCE, wanted // len(months)))
    while len(found) < wanted and (some := list(members.filter(pk__gte=first)[:size])):
        parts = monthly.load(store, members=some, months=months, now=moments[0], given_at=moments[1])
        found += [
            (key, row) for key, row in monthly.rows(parts)
            if (after is None or key > after) and (changed is None or key[:2] in changed)
            and asked.energy in (None, "", key[2]) and (asked.closed is None or row[CLOSED] == asked.closed)
        ]  # fmt: skip
        first = some[-1].pk + 1
    return found


CLOSED = list(MonthlyRow.model_fields).index("closed")
