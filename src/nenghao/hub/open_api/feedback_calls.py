"""Problems with a figure: reported by another system, answered by persons, read by their number."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from nenghao.hub.open_api.answers import PROBLEMS, answer, described, page_of
from nenghao.hub.open_api.asked import Asked, Question, bad_parameter, moment
from nenghao.hub.open_api.auth import caller_for
from nenghao.hub.open_api.feedback import report, reported_by
from nenghao.hub.open_api.models import Feedback, Scope
from nenghao.hub.open_api.rows import Row, arrow_schema, told
from nenghao.periods import to_beijing

router = Router(tags=["反馈 Feedback"])
MOST = 1e15
State = Literal["open", "answered", "corrected", "refused"]


class FeedbackRow(Row):
    """A reported problem and what came of it."""

    id: int = told("编号", "its number", 7)
    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    reference: str | None = told("对方编号", "the other system's own number", "2026-03/0042")
    period: str | None = told("时段", "period", "2026-03")
    energy_key: str | None = told("能源品种", "energy", "electricity")
    data_code: str | None = told("数据项编码", "data code")
    figure: str | None = told("指标（列名）", "figure, the name of a column", "consumption_quantity")
    our_value: float | None = told("取得的值", "value that was fetched", 123456.0)
    their_value: float | None = told("对方的值", "value that the other system holds", 120000.0)
    unit: str | None = told("单位", "unit", "kWh")
    message: str = told("问题", "what is wrong", "与电费单不符")
    reported_at: datetime = told("反馈时间", "when it was reported", "2026-03-04T13:15:00+08:00")
    state: State = told("状态", "state", "open")
    answer: str | None = told("答复", "answer")
    answered_at: datetime | None = told("答复时间", "when it was answered")


class NewFeedback(Schema):
    """A problem to report; ``reference`` makes repeating it harmless."""

    enterprise_code: str = Field(..., max_length=18, description="统一社会信用代码 / unified social credit code")
    message: str = Field(..., min_length=1, max_length=2000, description="问题 / what is wrong")
    reference: str = Field(
        "", max_length=100, description="对方编号，重复提交不重复登记 / own number: repeating is harmless"
    )
    period: str = Field("", max_length=10, description="时段，如 2026-03 / period, such as 2026-03")
    energy_key: str = Field("", max_length=60, description="能源品种 / energy")
    data_code: str = Field("", max_length=20, description="数据项编码 / data code")
    figure: str = Field("", max_length=60, description="指标（列名） / figure, the name of a column")
    our_value: float | None = Field(None, ge=-MOST, le=MOST, description="取得的值 / value that was fetched")
    their_value: float | None = Field(
        None, ge=-MOST, le=MOST, description="对方的值 / value that the other system holds"
    )
    unit: str = Field("", max_length=30, description="单位 / unit")


class FeedbackAsked(Asked):
    """Which reports."""

    state: State | None = Field(None, description="状态 / state")
    answered_since: str = Field("", max_length=35, description="此时间后答复的 / answered since a time")


FIELDS = {name: name for name in arrow_schema(FeedbackRow).names} | {"id": "pk", "enterprise_code": "enterprise__code"}


@router.get("/feedback", summary="本账号的反馈 / own reports", **described(FeedbackRow))
def reports(request: HttpRequest, asked: Query[FeedbackAsked]) -> HttpResponse:
    """本账号令牌提交的反馈及答复。 / What the account's tokens reported, with the answers."""
    rows = reported_by(caller_for(request, Scope.FEEDBACK).account)
    if asked.state:
        rows = rows.filter(state=asked.state)
    if asked.answered_since:
        rows = rows.filter(answered_at__gte=moment(asked.answered_since, "answered_since"))
    question = Question(request, asked)
    return answer(request, question, page_of(question, rows, FeedbackRow, FIELDS))


@router.get("/feedback/{int:number}", summary="一条反馈 / one report", response={200: FeedbackRow, **PROBLEMS})
def one_report(request: HttpRequest, number: int) -> HttpResponse:
    """一条反馈的状态和答复。 / State and answer of one report."""
    rows = reported_by(caller_for(request, Scope.FEEDBACK).account)
    found = rows.filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise Http404("feedback")
    return _shown(found, 200)


@router.post("/feedback", summary="反馈问题 / report a problem", response={201: FeedbackRow, **PROBLEMS})
def new_report(request: HttpRequest, body: NewFeedback) -> HttpResponse:
    """反馈一个数据的问题，由主管部门或用能单位答复。 / Report a problem with a figure, for the authority or the
    enterprise to answer.
    """
    caller = caller_for(request, Scope.FEEDBACK)
    facts = {name: value for name, value in body.dict().items() if name != "enterprise_code"}
    for name, value in body.dict().items():
        if isinstance(value, str) and "\0" in value:
            raise bad_parameter(name, "含空字符", "it holds a NUL")
    if not body.message.strip():
        raise bad_parameter("message", "须填写问题", "say what is wrong")
    enterprise = caller.enterprises.select_related("region").filter(code=body.enterprise_code).first()
    if enterprise is None:
        raise Http404("enterprise")
    return _shown(report(token=caller.token, now=caller.now, enterprise=enterprise, **facts), 201)


def _shown(found: Feedback, status: int) -> HttpResponse:
    values = {name: getattr(found, name, None) for name in arrow_schema(FeedbackRow).names}
    values |= {"id": found.pk, "enterprise_code": found.enterprise.code}
    shown = {name: None if value == "" else value for name, value in values.items()}
    for name, value in shown.items():
        if isinstance(value, datetime):
            shown[name] = to_beijing(value).isoformat(timespec="milliseconds")
    return HttpResponse(msgspec.json.encode(shown), status=status, content_type="application/json")
