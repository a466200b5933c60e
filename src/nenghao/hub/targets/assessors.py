"""Who is assessed by whom: the sheets, the regions below, what an account sees, scores itself and reviews.

An enterprise scores itself, an officer of its place reviews. A region scores itself by an officer of its own node; an
officer of the region that opened the round, or of one above, reviews: never one of the assessed region itself.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises, visible_regions
from nenghao.hub.registry.models import Region
from nenghao.hub.targets.models import Assessment, AssessmentRound, AssessmentState, RoundState
from nenghao.reference.assessment import Sheet
from nenghao.reference.library import library

SELF_STATES = frozenset({AssessmentState.SELF, AssessmentState.RETURNED})
WITH_PLACES = ("round__region", "region", "enterprise__region", "enterprise__industry")


def enterprise_sheets() -> list[Sheet]:
    """Give the score sheets for enterprises."""
    return [sheet for sheet in library().score_sheets.values() if sheet.level in {"enterprise", "data_centre"}]


def region_sheets() -> list[Sheet]:
    """Give the score sheets for governments of regions."""
    return [sheet for sheet in library().score_sheets.values() if sheet.is_of_regions]


def sheet_of(round_: AssessmentRound) -> Sheet:
    """Give a round's score sheet."""
    return library().score_sheets[round_.sheet_key]


def assessable_regions(region: Region, sheet: Sheet) -> QuerySet[Region]:
    """Give the regions that a region may assess by a sheet: those just below, or of the level that the sheet names."""
    if not sheet.region_level:
        return Region.objects.filter(parent=region)
    return Region.objects.filter(path__startswith=region.path, level=sheet.region_level).exclude(pk=region.pk)


def regions_below(region: Region) -> list[Region]:
    """Give all regions that a region may assess by one sheet or another."""
    found = (assessable_regions(region, sheet) for sheet in region_sheets())
    return sorted({one for rows in found for one in rows}, key=lambda one: one.path)


def visible_assessments(account: Account) -> QuerySet[Assessment]:
    """Give the assessments of the enterprises and regions that the account sees."""
    seen = Q(enterprise__in=visible_enterprises(account)) | Q(region__in=visible_regions(account))
    return Assessment.objects.filter(seen).select_related(*WITH_PLACES)


def visible_rounds(account: Account) -> QuerySet[AssessmentRound]:
    """Give the rounds that the account's region or one below opened, or that assess somebody whom it sees."""
    taking_part = visible_assessments(account).order_by().values("round_id")
    return AssessmentRound.objects.filter(Q(region__in=visible_regions(account)) | Q(pk__in=taking_part))


def is_own(account: Account, assessment: Assessment) -> bool:
    """Whether the account's own node is assessed, and the account is the one that scores it."""
    if assessment.region_id is not None:
        return account.role == Role.OFFICER and account.region_id == assessment.region_id
    return account.role == Role.ENERGY_MANAGER and account.enterprise_id == assessment.enterprise_id


def is_reviewer(account: Account, assessment: Assessment) -> bool:
    """Whether the account is an officer who decides on an assessment.

    Of an enterprise, any officer of its place; of a region, one whose node is that of the round or lies above it.
    """
    if account.role != Role.OFFICER or account.region is None:
        return False
    judged = assessment.place if assessment.region_id is None else assessment.round.region
    return judged.path.startswith(account.region.path) and account.region_id != assessment.region_id


def scores_self(account: Account, assessment: Assessment) -> bool:
    """Whether the account may fill in and submit the self score now."""
    is_open = assessment.round.state == RoundState.OPEN
    return is_open and assessment.state in SELF_STATES and is_own(account, assessment)


def reviews(account: Account, assessment: Assessment) -> bool:
    """Whether the account may review and confirm now."""
    is_open = assessment.round.state == RoundState.OPEN
    return is_open and assessment.state == AssessmentState.SUBMITTED and is_reviewer(account, assessment)


def may_return(account: Account, assessment: Assessment) -> bool:
    """Whether the account may give the self score back now."""
    settled = assessment.state in {AssessmentState.SUBMITTED, AssessmentState.CONFIRMED}
    return assessment.round.state == RoundState.OPEN and settled and is_reviewer(account, assessment)
