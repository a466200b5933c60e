"""Assessment (节能目标责任评价考核): rounds, self score, review, override; the points come from the sheet's rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from nenghao.accounting.score_sheets import Answer, SheetScore, score_item, score_sheet
from nenghao.hub.accounts.models import Account
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.targets.assessors import (
    SELF_STATES,
    WITH_PLACES,
    assessable_regions,
    enterprise_sheets,
    is_own,
    is_reviewer,
    region_sheets,
    reviews,
    scores_self,
    sheet_of,
)
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


@transaction.atomic
def open_round(
    *, actor: Actor, now: datetime, region: Region, year: int, sheet_key: str, title: str, self_due_on: date | None,
    enterprises: Sequence[Enterprise] = (), regions: Sequence[Region] = (),
) -> AssessmentRound:  # fmt: skip
    """Open a round of a region: for chosen enterprises, or for chosen regions below it, as the sheet is for."""
    _check_round(region, sheet_key, enterprises, regions)
    if AssessmentRound.objects.filter(region=region, year=year, sheet_key=sheet_key).exists():
        raise refused(
            "round-twice", "该年度已用此表发起考核", "the year has a round with this sheet", field="sheet_key"
        )
    made = AssessmentRound.objects.create(
        region=region, year=year, sheet_key=sheet_key, self_due_on=self_due_on,
        title=title.strip() or library().score_sheets[sheet_key].title_zh, opened_by=actor.name, opened_at=now,
    )  # fmt: skip
    assessed = [Assessment(round=made, enterprise=one) for one in enterprises]
    assessed += [Assessment(round=made, region=one) for one in regions]
    Assessment.objects.bulk_create(assessed, batch_size=500)
    record(
        actor=actor, now=now, action="assessment-opened", object_type="assessment", object_key=f"{region.code} {year}",
        region_path=region.path,
        after={"sheet": sheet_key, "enterprises": len(enterprises), "regions": sorted(one.code for one in regions)},
    )  # fmt: skip
    return made


def _check_round(
    region: Region, sheet_key: str, enterprises: Sequence[Enterprise], regions: Sequence[Region]
) -> None:  # fmt: skip
    sheet = {one.key: one for one in (*enterprise_sheets(), *region_sheets())}.get(sheet_key)
    if sheet is None:
        raise refused("sheet-unknown", "没有这张评分表", "there is no such score sheet", field="sheet_key")
    wanted, others = (regions, enterprises) if sheet.is_of_regions else (enterprises, regions)
    if not wanted:
        field = "regions" if sheet.is_of_regions else "enterprises"
        raise refused("round-empty", "请选择被考核单位或地区", "choose whom to assess", field=field)
    if others:
        raise refused(
            "round-mixed", "一张评分表只考核地区或只考核用能单位", "a sheet is for regions or for enterprises",
            field="sheet_key",
        )  # fmt: skip
    outside = {one.pk for one in regions} - set(assessable_regions(region, sheet).values_list("pk", flat=True))
    if outside:
        raise refused(
            "round-region", "只能考核本地区的下级（或评分表所定级别）", "only regions below, as the sheet names",
            field="regions", record=min(outside),
        )  # fmt: skip


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
    """Keep what the assessed (self score) or a reviewing officer (review) says; give the score as it stands.

    What does not fit an item is refused with the item named, and nothing of the call is kept.
    """
    locked = _lock(assessment)
    may_say(account, locked)
    review = reviews(account, locked)
    sheet = sheet_of(locked.round)
    items = {item.key: item for item in sheet.items}
    rows = answers_of(locked)
    for key, words in said.items():
        if key not in items:
            raise refused("sheet-item-unknown", "评分表没有这一项", "the sheet has no such item", record=key)
        row = rows.setdefault(key, AssessmentAnswer(assessment=locked, item_key=key))
        _apply(row, words, items[key], review=review)
        row.save()
    _touch(locked, actor, now)
    overrides = {key: one.override for key, one in said.items() if review and one.override is not None}
    record(
        actor=actor, now=now, action="assessment-filled", object_type="assessment",
        object_key=f"{locked.subject.code} {locked.round.year}", region_path=locked.place.path,
        after={"by": "review" if review else "self", "items": sorted(said), "overrides": overrides},
        reason="；".join(said[key].override_reason for key in overrides)[:200],
    )  # fmt: skip
    return scored(sheet, rows)


def may_say(account: Account, assessment: Assessment) -> None:
    """Refuse who may not fill in an assessment at its step."""
    if assessment.round.state == RoundState.CLOSED:
        raise refused("round-closed", "本轮考核已结束", "the round is closed")
    if not scores_self(account, assessment) and not reviews(account, assessment):
        raise refused("assessment-state", "当前状态不能由您填写", "this is not yours to fill in at this step",
                      mend=("被考核方自评并提交，提交后由考核方审核",
                            "the assessed scores itself and submits, then the assessor reviews"))  # fmt: skip


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
    if not is_own(account, locked):
        raise refused("assessment-role", "自评由被考核方提交", "the assessed submits its own score")
    return _step(locked, AssessmentState.SUBMITTED, actor, now, "assessment-submitted", "")


@transaction.atomic
def give_back(*, actor: Actor, now: datetime, account: Account, assessment: Assessment, reason: str) -> Assessment:
    """Give a self score back to the assessed with the reason."""
    locked = _locked(assessment, {AssessmentState.SUBMITTED, AssessmentState.CONFIRMED})
    _reviewer(account, locked)
    why = reason_of(reason)
    locked.points = locked.open_points = None
    locked.grade_zh = locked.grade_en = ""
    return _step(locked, AssessmentState.RETURNED, actor, now, "assessment-returned", why)


@transaction.atomic
def confirm(*, actor: Actor, now: datetime, account: Account, assessment: Assessment, note: str = "") -> Assessment:
    """Confirm the points as they stand; refused while an item that can be scored has no points."""
    locked = _locked(assessment, {AssessmentState.SUBMITTED})
    _reviewer(account, locked)
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


def _lock(assessment: Assessment) -> Assessment:
    return Assessment.objects.select_for_update(of=("self",)).select_related(*WITH_PLACES).get(pk=assessment.pk)


def _locked(assessment: Assessment, states: Iterable[AssessmentState]) -> Assessment:
    locked = _lock(assessment)
    if locked.state not in set(states) or locked.round.state == RoundState.CLOSED:
        raise refused("assessment-state", "当前状态不能这样做", "this cannot be done at this step")
    return locked


def _reviewer(account: Account, assessment: Assessment) -> None:
    if not is_reviewer(account, assessment):
        raise refused("assessment-role", "由考核方的主管部门审核，不能审核本地区",
                      "an officer of the assessor reviews, nobody the own region")  # fmt: skip


def _step(  # noqa: PLR0917 -- one step, in one place
    locked: Assessment, state: AssessmentState, actor: Actor, now: datetime, action: str, note: str
) -> Assessment:  # fmt: skip
    locked.state, locked.note = state, note.strip()[:500]
    _touch(locked, actor, now)
    record(
        actor=actor, now=now, action=action, object_type="assessment",
        object_key=f"{locked.subject.code} {locked.round.year}", region_path=locked.place.path,
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
