"""Acceptance (验收): 对接 → 试运行 → 申请 → 资料 → 现场 → 会审 → 结论, each step dated, the verdict one level up.

Who decides is decided here, since 340号 三(五) says only 上一级: on a region's platform or analysis an officer of a
region above it; on an enterprise's access end an officer of the city or above, a level above the county it lies in.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.checklists import checklist, stored
from nenghao.hub.access_progress.models import (
    Acceptance,
    AcceptanceEvent,
    AcceptanceKind,
    AcceptanceStep,
    AccessPlan,
    Answer,
    Stage,
    Verdict,
)
from nenghao.hub.access_progress.plans import enter_actual
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.registry.models.places import RegionLevel
from nenghao.periods import to_beijing

STEPS = tuple(AcceptanceStep)
APPLICANT_STEPS = frozenset({AcceptanceStep.DOCK, AcceptanceStep.TRIAL, AcceptanceStep.APPLY})
"""What the enterprise or the region itself enters; the rest is the authority's."""


def place_of(acceptance: Acceptance) -> Region:
    """Give the region that the object lies in or is."""
    region = acceptance.enterprise.region if acceptance.enterprise else acceptance.region
    assert region is not None
    return region


def may_decide(account: Account, acceptance: Acceptance) -> bool:
    """Tell whether an account lies a level above the object and may give the verdict."""
    own, place = account.region, place_of(acceptance)
    if account.role != Role.OFFICER or own is None or not place.path.startswith(own.path):
        return False
    if acceptance.kind == AcceptanceKind.ENTERPRISE:
        return own.level != RegionLevel.COUNTY
    return own.path != place.path


def may_advance(account: Account, acceptance: Acceptance) -> bool:
    """Tell whether an account may enter the next step."""
    step = next_step(acceptance)
    if step is None:
        return False
    if step == AcceptanceStep.VERDICT:
        return may_decide(account, acceptance)
    if step in APPLICANT_STEPS:
        return account.role == Role.OFFICER or account.enterprise == acceptance.enterprise is not None
    return account.role == Role.OFFICER


def next_step(acceptance: Acceptance) -> AcceptanceStep | None:
    """Give the step that comes next; ``None`` after the verdict."""
    done = STEPS.index(AcceptanceStep(acceptance.step)) + 1 if acceptance.step else 0
    return STEPS[done] if done < len(STEPS) else None


@transaction.atomic
def start(
    *, actor: Actor, now: datetime, kind: str, enterprise: Enterprise | None = None, region: Region | None = None
) -> Acceptance:
    """Begin an acceptance with the checklist as it stands; only one runs at a time for an object."""
    if kind not in AcceptanceKind.values:
        raise NenghaoError("acceptance-kind", "没有这个验收对象", "there is no such kind of acceptance", field="kind")
    place = enterprise.region if enterprise else region
    assert place is not None
    key = enterprise.code if enterprise else place.code
    earlier = Acceptance.objects.filter(kind=kind, enterprise=enterprise, region=region).count()
    try:
        with transaction.atomic():
            found = Acceptance.objects.create(
                kind=kind, enterprise=enterprise, region=region, round=earlier + 1, started_at=now,
                started_by=actor.name, checklist=msgspec.to_builtins(checklist(kind)),
            )  # fmt: skip
    except IntegrityError as running:
        raise NenghaoError(
            "acceptance-running", "该对象的验收正在进行", "an acceptance is under way already", record=key,
            mend_zh="在验收列表中打开它", mend_en="open it in the list",
        ) from running  # fmt: skip
    record(
        actor=actor, now=now, action="acceptance-started", object_type="acceptance", object_key=str(found.pk),
        region_path=place.path, after={"kind": kind, "object": key},
    )  # fmt: skip
    return found


def _open(acceptance_id: int) -> Acceptance:
    found = (
        Acceptance.objects.select_for_update(of=("self",))
        .select_related("enterprise__region", "region")
        .get(pk=acceptance_id)
    )
    if found.verdict:
        raise NenghaoError(
            "acceptance-closed", "验收已有结论", "the acceptance has its verdict", record=str(acceptance_id)
        )
    return found


@transaction.atomic
def answer(*, actor: Actor, now: datetime, acceptance_id: int, answers: Mapping[str, tuple[str, str]]) -> Acceptance:
    """Enter results of the checklist: point → (answer, note); what is not met needs a note."""
    found = _open(acceptance_id)
    known = {point.code for point in stored(found.checklist).points}
    at = to_beijing(now).isoformat(timespec="minutes")
    changed = {}
    for code, (word, note) in answers.items():
        if code not in known or word not in Answer.values:
            raise NenghaoError("acceptance-answer", "没有这个条目或结果", "no such point or answer", record=code)
        if word == Answer.UNMET and not note.strip():
            raise NenghaoError(
                "acceptance-note", "不符合的条目须写明情况", "what is not met needs a note", record=code, field=code
            )
        kept = found.answers.get(code, {})
        if (kept.get("answer"), kept.get("note", "")) != (word, note.strip()):
            changed[code] = {"answer": word, "note": note.strip()[:300], "by": actor.name, "at": at}
    if changed:
        before = {code: found.answers.get(code, {}).get("answer") for code in changed}
        found.answers = found.answers | changed
        found.save(update_fields=["answers"])
        after = {code: one["answer"] for code, one in changed.items()}
        _audit(found, actor=actor, now=now, action="acceptance-answered", before=before, after=after)
    return found


@transaction.atomic
def advance(
    *, actor: Actor, now: datetime, acceptance_id: int, step: str, on: date, note: str, promised_by: str = ""
) -> Acceptance:
    """Finish the next step other than the verdict; the application needs the promise that the data are true."""
    found = _open(acceptance_id)
    if step == AcceptanceStep.VERDICT or step != next_step(found):
        raise NenghaoError(
            "acceptance-step", "步骤须按顺序办理", "the steps come in their order", record=str(found.pk), field="step",
            mend_zh="刷新页面查看当前步骤", mend_en="reload the page to see the present step",
        )  # fmt: skip
    _check_day(found, on, now)
    if step == AcceptanceStep.APPLY:
        if not promised_by.strip():
            raise NenghaoError(
                "acceptance-promise", "申请须有数据真实性承诺人", "the application needs a promise of true data",
                record=str(found.pk), field="promised_by",
            )  # fmt: skip
        found.promised_by, found.promised_at = promised_by.strip()[:100], now
    _finish(found, actor=actor, now=now, step=step, on=on, note=note)
    return found


@transaction.atomic
def decide(*, actor: Actor, now: datetime, acceptance_id: int, verdict: str, on: date, reason: str) -> Acceptance:
    """Give the verdict; "passed" needs every point answered and none unmet, and enters the enterprise's date."""
    found = _open(acceptance_id)
    if next_step(found) != AcceptanceStep.VERDICT or verdict not in Verdict.values or not reason.strip():
        raise NenghaoError(
            "acceptance-verdict", "会审之后才能下结论，且须写明理由",
            "the verdict follows the joint review and has a reason",
            record=str(found.pk), field="reason",
        )  # fmt: skip
    _check_day(found, on, now)
    if verdict == Verdict.PASSED and (open_points := unmet_points(found)):
        raise NenghaoError(
            "acceptance-unmet", f"还有未答或不符合的条目: {'、'.join(open_points)}",
            f"points are open or unmet: {', '.join(open_points)}", record=str(found.pk), field="verdict",
            mend_zh="补齐后再下结论，或结论为不通过", mend_en="complete them, or decide that it failed",
        )  # fmt: skip
    found.verdict, found.verdict_on, found.verdict_by = verdict, on, actor.name
    found.verdict_reason = reason.strip()[:500]
    _finish(found, actor=actor, now=now, step=AcceptanceStep.VERDICT, on=on, note=found.verdict_reason)
    if verdict == Verdict.PASSED and found.enterprise is not None:
        _enter_date(found.enterprise, actor, now, on, found)
    return found


def unmet_points(acceptance: Acceptance) -> list[str]:
    """Give the codes of the points that are not answered or not met."""
    answers = acceptance.answers
    return [
        point.code
        for point in stored(acceptance.checklist).points
        if answers.get(point.code, {}).get("answer") not in (Answer.MET, Answer.NOT_APPLICABLE)
    ]


def _check_day(acceptance: Acceptance, on: date, now: datetime) -> None:
    last = acceptance.events.order_by("-on").values_list("on", flat=True).first()
    if on > to_beijing(now).date() or (last is not None and on < last):
        raise NenghaoError(
            "acceptance-day", "日期须不早于上一步且不在将来", "the day lies between the step before and today",
            record=str(acceptance.pk), field="on",
        )  # fmt: skip


def _finish(found: Acceptance, *, actor: Actor, now: datetime, step: str, on: date, note: str) -> None:
    before, found.step = found.step, step
    found.save()
    AcceptanceEvent.objects.create(acceptance=found, step=step, on=on, at=now, by=actor.name, note=note.strip()[:500])
    _audit(
        found, actor=actor, now=now, action="acceptance-step", before={"step": before},
        after={"step": step, "verdict": found.verdict}, reason=note.strip()[:200],
    )  # fmt: skip


def _audit(found: Acceptance, **facts: Any) -> None:
    """Write the audit entry of a change; ``facts`` are those of :func:`record` that differ."""
    record(object_type="acceptance", object_key=str(found.pk), region_path=place_of(found).path, **facts)


def _enter_date(enterprise: Enterprise, actor: Actor, now: datetime, on: date, acceptance: Acceptance) -> None:
    if AccessPlan.objects.filter(enterprise=enterprise).exists():
        reason = f"验收 #{acceptance.pk} 通过"
        enter_actual(actor=actor, now=now, enterprise=enterprise, stage=Stage.ACCEPT, on=on, reason=reason)
