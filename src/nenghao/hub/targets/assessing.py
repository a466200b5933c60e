"""Assessment (节能目标责任评价考核): rounds, self score, review, override; the points come from the sheet's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from nenghao.accounting.score_sheets import Answer, SheetScore, score_item, score_sheet
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import SEES_A_REGION, visible_enterprises, visible_regions
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets.errors import reason_of, refused
from nenghao.hub.targets.models import (
    Assessment,
    AssessmentAnswer,
    AssessmentRound,
    AssessmentState,
    RoundState,
)
from nenghao.reference.assessment import Sheet, SheetItem
from nenghao.reference.library import library

SELF_STATES = frozenset({AssessmentState.SELF, AssessmentState.RETURNED})


def enterprise_sheets() -> list[Sheet]:
    """Give the score sheets for enterprises."""
    return [sheet for sheet in library().score_sheets.values() if sheet.level in {"enterprise", "data_centre"}]


def sheet_of(round_: AssessmentRound) -> Sheet:
    """Give a round's score sheet."""
    return library().score_sheets[round_.sheet_key]


def visible_rounds(account: Account) -> QuerySet[AssessmentRound]:
    """Give the rounds that an officer's regions opened, or that assess the account's enterprise."""
    if account.role == Role.ENERGY_MANAGER:
        return AssessmentRound.objects.filter(assessments__enterprise=account.enterprise_id).distinct()
    if account.role not in SEES_A_REGION or account.region is None:
        return AssessmentRound.objects.none()
    own, above = visible_regions(account), account.region.path.rstrip("/").split("/")
    return AssessmentRound.objects.filter(region__in=own) | AssessmentRound.objects.filter(region__in=above)


def visible_assessments(account: Account) -> QuerySet[Assessment]:
    """Give the assessments of the enterprises that the account sees."""
    return Assessment.objects.filter(enterprise__in=visible_enterprises(account)).select_related(
        "round__region", "enterprise__region", "enterprise__industry"
    )


@transaction.atomic
def open_round(
    *, actor: Actor, now: datetime, region: Region, year: int, sheet_key: str, title: str, self_due_on: date | None,
    enterprises: Sequence[Enterprise],
) -> AssessmentRound:  # fmt: skip
    """Open a round for the chosen enterprises of a region."""
    if sheet_key not in {sheet.key for sheet in enterprise_sheets()}:
        raise refused("sheet-unknown", "没有这张评分表", "there is no such score sheet", field="sheet_key")
    if not enterprises:
        raise refused("round-empty", "请选择被考核单位", "choose whom to assess", field="enterprises")
    if AssessmentRound.objects.filter(region=region, year=year, sheet_key=sheet_key).exists():
        raise refused(
            "round-twice", "该年度已用此表发起考核", "the year has a round with this sheet", field="sheet_key"
        )
    made = AssessmentRound.objects.create(
        region=region, year=year, sheet_key=sheet_key, self_due_on=self_due_on,
        title=title.strip() or library().score_sheets[sheet_key].title_zh, opened_by=actor.name, opened_at=now,
    )  # fmt: skip
    Assessment.objects.bulk_create([Assessment(round=made, enterprise=one) for one in enterprises], batch_size=500)
    record(
        actor=actor, now=now, action="assessment-opened", object_type="assessment", object_key=f"{region.code} {year}",
        region_path=region.path, after={"sheet": sheet_key, "enterprises": len(enterprises)},
    )  # fmt: skip
    return made


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of an item; a part that is None is left as it was."""

    facts: Mapping[str, float | bool] | None = None
    points: Mapping[str, float] | None = None
    basis: str | None = None
    evidence: str | None = None
    not_applicable: bool | None = None
    override: float | None = None
    override_reason: str = ""
    clear_override: bool = False


def answers_of(assessment: Assessment) -> dict[str, AssessmentAnswer]:
    """Give what was said so far, by item."""
    return {row.item_key: row for row in assessment.answers.all()}  # type: ignore[attr-defined]


def scored(sheet: Sheet, rows: Mapping[str, AssessmentAnswer]) -> SheetScore:
    """Score a sheet from stored answers."""
    known = {item.key for item in sheet.items}
    return score_sheet(sheet, {key: _answer(row) for key, row in rows.items() if key in known})


def _answer(row: AssessmentAnswer) -> Answer:
    return Answer(
        facts=row.facts, self_points=row.self_points, review_points=row.review_points,
        not_applicable=row.not_applicable, override=row.override, reason=row.override_reason,
    )  # fmt: skip


@transaction.atomic
def say(
    *, actor: Actor, now: datetime, account: Account, assessment: Assessment, said: Mapping[str, Said]
) -> SheetScore:
    """Keep what the enterprise's manager (self score) or an officer (review) says; give the score as it stands.

    What does not fit an item is refused with the item named, and nothing of the call is kept.
    """
    rows_of = Assessment.objects.select_for_update(of=("self",)).select_related("round", "enterprise__region")
    locked = rows_of.get(pk=assessment.pk)
    may_say(account, locked)
    sheet = sheet_of(locked.round)
    items = {item.key: item for item in sheet.items}
    rows = answers_of(locked)
    for key, words in said.items():
        if key not in items:
            raise refused("sheet-item-unknown", "评分表没有这一项", "the sheet has no such item", record=key)
        row = rows.setdefault(key, AssessmentAnswer(assessment=locked, item_key=key))
        _apply(row, words, items[key], review=account.role == Role.OFFICER)
        row.save()
    _touch(locked, actor, now)
    record(
        actor=actor, now=now, action="assessment-filled", object_type="assessment",
        object_key=f"{locked.enterprise.code} {locked.round.year}", region_path=locked.enterprise.region.path,
        after={"items": sorted(said), "overrides": {key: one.override for key, one in said.items() if one.override}},
    )  # fmt: skip
    return scored(sheet, rows)


def may_say(account: Account, assessment: Assessment) -> None:
    """Refuse who may not fill in an assessment at its step."""
    if assessment.round.state == RoundState.CLOSED:
        raise refused("round-closed", "本轮考核已结束", "the round is closed")
    if account.role == Role.ENERGY_MANAGER and assessment.state in SELF_STATES:
        return
    if account.role == Role.OFFICER and assessment.state == AssessmentState.SUBMITTED:
        return
    raise refused("assessment-state", "当前状态不能由您填写", "this is not yours to fill in at this step",
                  mend=("自评由用能单位填写并提交，提交后由主管部门审核",
                        "the enterprise scores itself and submits, then the officer reviews"))  # fmt: skip


def _apply(row: AssessmentAnswer, said: Said, item: SheetItem, *, review: bool) -> None:
    # A form sends every fact back; only what differs was typed, the rest keeps the platform as its source.
    fresh = {name: value for name, value in (said.facts or {}).items() if row.facts.get(name) != value}
    row.facts = dict(row.facts) | fresh
    row.fact_sources = dict(row.fact_sources) | dict.fromkeys(fresh, "officer" if review else "typed")
    if said.points is not None:
        setattr(row, "review_points" if review else "self_points", dict(said.points))
    if said.basis is not None:
        setattr(row, "review_basis" if review else "self_basis", said.basis.strip()[:500])
    if said.evidence is not None:
        row.evidence = said.evidence.strip()[:500]
    if said.not_applicable is not None:
        row.not_applicable = said.not_applicable
    if review and said.clear_override:
        row.override, row.override_reason = None, ""
    if review and said.override is not None:
        row.override, row.override_reason = said.override, reason_of(said.override_reason)
    score_item(item, _answer(row))


def prefill(rows: Iterable[AssessmentAnswer]) -> None:
    """Store facts that the platform knows; the caller gives rows that a person has not answered otherwise."""
    AssessmentAnswer.objects.bulk_create(
        list(rows), update_conflicts=True, unique_fields=["assessment", "item_key"],
        update_fields=["facts", "fact_sources"], batch_size=500,
    )  # fmt: skip


@transaction.atomic
def submit(*, actor: Actor, now: datetime, account: Account, assessment: Assessment) -> Assessment:
    """Submit the self score."""
    locked = _locked(assessment, SELF_STATES)
    if account.role != Role.ENERGY_MANAGER:
        raise refused("assessment-role", "自评由用能单位提交", "the enterprise submits its self score")
    return _step(locked, AssessmentState.SUBMITTED, actor, now, "assessment-submitted", "")


@transaction.atomic
def give_back(*, actor: Actor, now: datetime, account: Account, assessment: Assessment, reason: str) -> Assessment:
    """Give a self score back to the enterprise with the reason."""
    locked = _locked(assessment, {AssessmentState.SUBMITTED, AssessmentState.CONFIRMED})
    _officer(account)
    why = reason_of(reason)
    locked.points = locked.open_points = None
    locked.grade_zh = locked.grade_en = ""
    return _step(locked, AssessmentState.RETURNED, actor, now, "assessment-returned", why)


@transaction.atomic
def confirm(*, actor: Actor, now: datetime, account: Account, assessment: Assessment, note: str = "") -> Assessment:
    """Confirm the points as they stand; refused while an item that can be scored has no points."""
    locked = _locked(assessment, {AssessmentState.SUBMITTED})
    _officer(account)
    result = scored(sheet_of(locked.round), answers_of(locked))
    if result.open_points:
        open_items = [one.item.title_zh for one in result.items if one.final is None and one.item.points]
        raise refused("assessment-open", f"还有 {result.open_points:g} 分未评定: {'、'.join(open_items[:5])}",
                      f"{result.open_points:g} points are not decided yet", field="review",
                      mend=("评完各项再确认", "score every item first"))  # fmt: skip
    locked.points, locked.open_points = result.points, result.unreachable_points
    if result.grade is not None:
        locked.grade_zh, locked.grade_en = result.grade.name_zh, result.grade.name_en
    return _step(locked, AssessmentState.CONFIRMED, actor, now, "assessment-confirmed", note)


def _locked(assessment: Assessment, states: Iterable[AssessmentState]) -> Assessment:
    locked = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("round", "enterprise__region")
        .get(pk=assessment.pk)
    )
    if locked.state not in set(states) or locked.round.state == RoundState.CLOSED:
        raise refused("assessment-state", "当前状态不能这样做", "this cannot be done at this step")
    return locked


def _officer(account: Account) -> None:
    if account.role != Role.OFFICER:
        raise refused("assessment-role", "由主管部门审核", "an officer reviews")


def _step(  # noqa: PLR0917 -- one step, in one place
    locked: Assessment, state: AssessmentState, actor: Actor, now: datetime, action: str, note: str
) -> Assessment:  # fmt: skip
    locked.state, locked.note = state, note.strip()[:500]
    _touch(locked, actor, now)
    record(
        actor=actor, now=now, action=action, object_type="assessment",
        object_key=f"{locked.enterprise.code} {locked.round.year}", region_path=locked.enterprise.region.path,
        after={"state": str(state), "points": locked.points, "grade": locked.grade_zh}, reason=note[:200],
    )  # fmt: skip
    return locked


def _touch(assessment: Assessment, actor: Actor, now: datetime) -> None:
    assessment.changed_by, assessment.changed_at = actor.name, now
    assessment.save()


@transaction.atomic
def close_round(*, actor: Actor, now: datetime, region: Region, round_: AssessmentRound, reason: str = "") -> None:
    """End a round: nothing of it changes any more."""
    AssessmentRound.objects.filter(pk=round_.pk).update(state=RoundState.CLOSED)
    record(
        actor=actor, now=now, action="assessment-closed", object_type="assessment",
        object_key=f"{region.code} {round_.year}", region_path=region.path, reason=reason[:200],
        after={key: value for key, value in _tally(round_).items()},
    )  # fmt: skip


def _tally(round_: AssessmentRound) -> dict[str, Any]:
    states = Assessment.objects.filter(round=round_).values_list("state", flat=True)
    return {str(state): sum(one == state for one in states) for state in AssessmentState}
