"""Scores of data quality, and what the checks found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Query, Router

from nenghao.hub.monitoring.span import Span, parse_span
from nenghao.hub.open_api.answers import answer, described
from nenghao.hub.open_api.asked import SMALLER_PAGE, Asked, Question, span, unknown
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.cursors import Place
from nenghao.hub.open_api.formats import Page
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.registry_calls import chosen_enterprises
from nenghao.hub.open_api.rows import table_of_rows
from nenghao.hub.open_api.schemas_quality import FLAGS, FindingRow, RegionScoreRow, ScoreRow
from nenghao.hub.open_api.schemas_readings import STAT_TYPES
from nenghao.hub.quality_review.schemes import last_day
from nenghao.hub.quality_review.scoring import Scored, enterprise_scores, region_scores
from nenghao.hub.quality_rules.services import schemes_for
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.hub.store import get_store
from nenghao.quality.scores import Scheme
from nenghao.quality.words import describe
from nenghao.readings.quality import FindingKey
from nenghao.readings.quality import FindingRow as StoredFinding
from nenghao.readings.quality import findings as stored_findings

router = Router(tags=["质量 Quality"])


class ScoresAsked(Asked):
    """Which scores."""

    period: str = Field(..., max_length=10, description="年、月或日 / a year, month or day", examples=["2026-03"])
    scheme: str = Field("provincial", max_length=40, description="评分方案 / scoring scheme")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")


class EnterpriseScoresAsked(ScoresAsked):
    """Which scores of enterprises."""

    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")


class FindingsAsked(Asked):
    """Which findings."""

    start: str = Field(..., max_length=35, description="起（含） / from, inclusive", examples=["2026-03-01"])
    end: str = Field(..., max_length=35, description="止（不含） / until, exclusive", examples=["2026-04-01"])
    enterprise: str | None = Field(None, max_length=18, description="统一社会信用代码 / one enterprise")
    region: str | None = Field(None, max_length=6, description="行政区划及下级 / a region and all below it")
    check: str | None = Field(None, max_length=60, description="检查 / one check")
    flag: Literal["unknown", "suspect", "fail", "missing"] | None = Field(None, description="判断 / flag")


@router.get("/scores", summary="用能单位得分 / scores of enterprises", **described(ScoreRow))
def scores(request: HttpRequest, asked: Query[EnterpriseScoresAsked]) -> HttpResponse:
    """单位的数据质量得分，按所在地区现行方案。 / Scores of enterprises by the edition of the scheme in their region."""
    caller, question, period = (
        caller_for(request, Scope.QUALITY),
        Question(request, asked, SMALLER_PAGE),
        parse_span(asked.period),
    )
    place = question.place()
    rows = chosen_enterprises(caller, asked.enterprise, asked.region).filter(pk__gt=place[0] if place else 0)
    members = list(rows.order_by("pk").values_list("pk", "code", "region__path")[: question.limit + 1])
    shown = members[: question.limit]
    by_path: dict[str, list[int]] = {}
    for key, _code, path in shown:
        by_path.setdefault(path, []).append(key)
    found = _scored(by_path, period, asked.scheme)
    table = table_of_rows(ScoreRow, [_score_row(code, period, *found[key]) for key, code, _path in shown])
    cursor = question.cursor(shown[-1][0]) if len(members) > question.limit else None
    return answer(request, question, Page(table, cursor))


def _scored(by_path: Mapping[str, Sequence[int]], period: Span, key: str) -> dict[int, tuple[Scored, Scheme]]:
    """Score enterprises by path of their region: one calculation for each edition of the scheme."""
    groups: list[tuple[Scheme, list[int]]] = []
    for path, ids in by_path.items():
        scheme = _scheme(path, period, key)
        known = next((group for one, group in groups if one == scheme), None)
        if known is None:
            groups.append((scheme, list(ids)))
        else:
            known.extend(ids)
    return {
        pk: (one, scheme) for scheme, ids in groups
        for pk, one in enterprise_scores(
            store=get_store(), enterprises=Enterprise.objects.filter(pk__in=ids), span=period, scheme=scheme,
            now=timezone.now(),
        ).items()
    }  # fmt: skip


def _scheme(region_path: str, period: Span, key: str) -> Scheme:
    for known in schemes_for(region_path, last_day(period)):
        if known.key == key:
            return known
    raise unknown("scheme", key)


def _score_row(code: str, period: Span, one: Scored, scheme: Scheme) -> tuple[Any, ...]:
    counted, verdict = one.measures, one.verdict if one.score.verdict else None
    return (
        code, period.text, scheme.key, one.total, verdict, one.score.is_unverified, counted.records_due,
        counted.records_received, counted.records_on_time, counted.records_good, counted.records_estimated,
        counted.records_missing,
    )  # fmt: skip


@router.get("/scores/regions", summary="地区得分 / scores of regions", **described(RegionScoreRow))
def scores_of_regions(request: HttpRequest, asked: Query[ScoresAsked]) -> HttpResponse:
    """地区和各直接下级的得分：可评分单位的平均。 / Scores of a region and of those directly below it: plain means."""
    caller, question, period = (
        caller_for(request, Scope.QUALITY),
        Question(request, asked, SMALLER_PAGE),
        parse_span(asked.period),
    )
    code = asked.region or caller.account.region_id
    region = caller.regions.filter(code=code).first() if code else None
    if region is None:
        raise Http404("region")
    scheme, place = _scheme(region.path, period, asked.scheme), question.place()
    members = caller.enterprises.filter(region__path__startswith=region.path)
    found = enterprise_scores(
        store=get_store(), enterprises=members, span=period, scheme=scheme, now=timezone.now()
    )  # fmt: skip
    groups: dict[str, list[Scored]] = {region.code: []}
    for key, path in members.values_list("pk", "region__path"):
        groups[region.code].append(found[key])
        if below := path.removeprefix(region.path):
            groups.setdefault(below.split("/")[0], []).append(found[key])
    codes = [one for one in sorted(groups) if not place or one > place[0]]
    rows = [_region_row(one, period, scheme, groups[one]) for one in codes[: question.limit]]
    cursor = question.cursor(codes[question.limit - 1]) if len(codes) > question.limit else None
    return answer(request, question, Page(table_of_rows(RegionScoreRow, rows), cursor))


def _region_row(code: str, period: Span, scheme: Scheme, members: Sequence[Scored]) -> tuple[Any, ...]:
    one = region_scores(members)
    unverified = any(member.score.is_unverified for member in members)
    return (code, period.text, scheme.key, one.mean, unverified, one.enterprises, one.judged, one.good_enough)


@router.get("/findings", summary="质量问题 / findings", **described(FindingRow))
def findings(request: HttpRequest, asked: Query[FindingsAsked]) -> HttpResponse:
    """与时段重叠的质量问题，最重的在前；游标按问题定位，检查进行中也不漏不重。 / Findings that overlap the range, the
    worst first; a cursor names a finding, so that pages neither skip nor repeat while checks write others.
    """
    caller, question = caller_for(request, Scope.QUALITY), Question(request, asked, SMALLER_PAGE)
    place = question.place()
    members = dict(chosen_enterprises(caller, asked.enterprise, asked.region).values_list("pk", "code"))
    start, end = span(asked.start, asked.end)
    flags = [number for number, word in FLAGS.items() if word == asked.flag]
    found = stored_findings(
        get_store(), enterprise_ids=members, start=start, end=end, flags=flags, limit=question.limit + 1,
        after=_key(place), check_codes=[asked.check] if asked.check else (),
    )  # fmt: skip
    rows = found[: question.limit]
    items = DataItem.objects.filter(pk__in={row.data_item_id for row in rows})
    known = {pk: facts for pk, *facts in items.values_list("pk", "data_code", "base_unit")}
    table = table_of_rows(FindingRow, [_finding_row(row, members, known) for row in rows])
    cursor = question.cursor(*_place(rows[-1])) if len(found) > question.limit else None
    return answer(request, question, Page(table, cursor))


def _place(row: StoredFinding) -> list[Any]:
    """Give the place of a finding as a cursor carries it."""
    return [part.isoformat() if isinstance(part, datetime) else part for part in FindingKey.of(row)]


def _key(place: Place | None) -> FindingKey | None:
    if not place:
        return None
    flag, start, enterprise, item, stat_type, check, end, other, energy = place
    return FindingKey(
        flag, datetime.fromisoformat(start), enterprise, item, stat_type, check, datetime.fromisoformat(end), other,
        energy,
    )  # fmt: skip


def _finding_row(row: StoredFinding, members: Mapping[int, str], items: Mapping[int, Any]) -> tuple[Any, ...]:
    code, unit = items.get(row.data_item_id, (None, ""))
    words = describe(row.check_code, row.flag, row.value, row.limit_value, unit=unit)
    return (
        members[row.enterprise_id], code, STAT_TYPES[row.stat_type], row.period_start, row.period_end, row.slots,
        row.check_code, FLAGS.get(row.flag, "unknown"), row.value, row.limit_value, words.message_zh, words.message_en,
        row.rule_version, row.checked_at,
    )  # fmt: skip
