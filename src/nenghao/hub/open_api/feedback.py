"""Problems that other systems report with a figure (问题反馈): taken in, shown, answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.open_api.models import ApiToken, Feedback, FeedbackState
from nenghao.hub.registry.models import Enterprise

MOST_OPEN = 1000
"""Problems of one account that may wait for an answer; a system in a loop must not fill the page."""


def reported_by(account: Account) -> QuerySet[Feedback]:
    """Give what the account's tokens reported."""
    return Feedback.objects.filter(token__account=account).select_related("enterprise", "token")


def visible_feedback(account: Account) -> QuerySet[Feedback]:
    """Give what is reported about the enterprises of the account's node."""
    rows = Feedback.objects.filter(enterprise__in=visible_enterprises(account).values("pk"))
    return rows.select_related("enterprise__region", "token__account")


@transaction.atomic
def report(*, token: ApiToken, now: datetime, enterprise: Enterprise, **facts: Any) -> Feedback:
    """Take a problem in; the same reference of the same token gives the entry that is there, unchanged."""
    known = _known(token, facts.get("reference", ""))
    if known is not None:
        return known
    if reported_by(token.account).filter(state=FeedbackState.OPEN).count() >= MOST_OPEN:
        raise NenghaoError(
            "feedback-many", f"待答复的反馈已达 {MOST_OPEN} 条", f"{MOST_OPEN} problems wait for an answer already",
            mend_zh="等待答复", mend_en="wait for the answers",
        )  # fmt: skip
    try:
        with transaction.atomic():
            made = Feedback.objects.create(token=token, enterprise=enterprise, reported_at=now, **facts)
    except IntegrityError:  # the same report came twice at once
        known = _known(token, facts.get("reference", ""))
        if known is None:
            raise
        return known
    record(
        actor=Actor(token.account.username, token.account), now=now, action="feedback-reported",
        object_type="api-feedback", object_key=str(made.pk), region_path=enterprise.region.path,
        after={"enterprise": enterprise.code, "token": token.prefix, "message": made.message[:200]},
    )  # fmt: skip
    return made


def _known(token: ApiToken, reference: str) -> Feedback | None:
    return Feedback.objects.filter(token=token, reference=reference).first() if reference else None


@transaction.atomic
def answer_feedback(
    *, actor: Actor, now: datetime, account: Account, feedback_id: int, state: str, answer: str
) -> Feedback:
    """Answer a problem about an enterprise of the account's node; the other system reads the answer by its number."""
    rows = Feedback.objects.select_for_update(of=("self",)).filter(
        enterprise__in=visible_enterprises(account).values("pk")
    )
    found = rows.select_related("enterprise__region").filter(pk=feedback_id).first()
    if found is None or state not in FeedbackState.values or state == FeedbackState.OPEN or not answer.strip():
        raise NenghaoError(
            "feedback-answer", "须选择结论并填写答复", "choose a conclusion and write an answer", field="answer"
        )
    before = {"state": found.state, "answer": found.answer}
    found.state, found.answer, found.answered_by, found.answered_at = state, answer.strip()[:2000], actor.name, now
    found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    record(
        actor=actor, now=now, action="feedback-answered", object_type="api-feedback", object_key=str(found.pk),
        region_path=found.enterprise.region.path, before=before, after={"state": state, "answer": found.answer},
    )  # fmt: skip
    return found
