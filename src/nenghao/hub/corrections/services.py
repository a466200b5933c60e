"""The life of a correction (补正): proposed → approved | refused by a second person, or withdrawn by the proposer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.corrections.closed import lock_enterprises, require_open
from nenghao.hub.corrections.drafts import Draft
from nenghao.hub.corrections.errors import must, reason_needed, refused
from nenghao.hub.corrections.models import Correction, Method, Status
from nenghao.hub.corrections.models.correction import ESTIMATES
from nenghao.hub.corrections.series import checked_span
from nenghao.hub.corrections.written import batch_of, current, look_again, require_unchanged
from nenghao.periods import wall
from nenghao.readings import ReadingStore
from nenghao.readings.quality import Confirmed
from nenghao.readings.series import slot_end

MAY_PROPOSE = frozenset({Role.OFFICER, Role.ENERGY_MANAGER})
STORE_WAIT_S = 30
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Why a person proposes a correction, and what proves it.

    ``is_measured``: the values come from a measurement (a register read off, the supplier's meter), not from a guess.
    """

    reason: str
    evidence: str = ""
    document: str = ""
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of several proposals: those decided, and those that could not be, with the reason."""

    done: Sequence[Correction]
    refused: Sequence[tuple[Correction, NenghaoError]]


def visible_corrections(account: Account) -> QuerySet[Correction]:
    """Give the corrections of the enterprises that the account sees, with what lists show of them."""
    return Correction.objects.filter(enterprise__in=visible_enterprises(account)).select_related(
        "enterprise__region", "data_item", "proposed_by", "decided_by"
    )


@transaction.atomic
def propose(
    *, actor: Actor, account: Account, now: datetime, draft: Draft, grounds: Grounds, by_rule: bool = False
) -> Correction:
    """Keep a proposal with all its values; nothing changes until a second person approves it."""
    if account.role not in MAY_PROPOSE or not visible_enterprises(account).filter(pk=draft.item.enterprise_id).exists():
        raise refused("may-not-propose", "您不能为该单位提出补正", "you may not propose corrections here")
    correction = proposal(account=account, now=now, draft=draft, grounds=grounds, by_rule=by_rule)
    require_open([correction])
    correction.save()
    _note(actor, now, correction, "correction-proposed", reason=correction.reason)
    return correction


def proposal(*, account: Account, now: datetime, draft: Draft, grounds: Grounds, by_rule: bool = False) -> Correction:
    """Make an unsaved proposal of a draft, without asking who may; refuse one that says nothing or cannot be."""
    item = draft.item
    checked_span(item, draft.stat_type, draft.start, draft.end, now)
    _check_values(draft)
    rows = draft.rows
    return Correction(
        enterprise=item.enterprise, data_item=item, stat_type=draft.stat_type, start=draft.start, end=draft.end,
        method=draft.method, rows=rows, slots=len(rows), before_sum=_total(row[1] for row in rows),
        after_sum=_total(row[3] for row in rows),
        is_measured=grounds.is_measured and draft.method not in ESTIMATES | {Method.VOID},
        basis=dict(draft.basis), reason=must(grounds.reason, reason_needed()), evidence=grounds.evidence.strip(),
        document=grounds.document.strip()[:200], by_rule=by_rule, proposed_by=account, proposed_at=now,
    )  # fmt: skip


def _check_values(draft: Draft) -> None:
    if draft.refused is not None:
        thin = draft.refused
        raise refused(thin.code, thin.reason_zh, thin.reason_en, field="method")
    if not draft.chosen:
        raise refused(
            "nothing-chosen", "没有要补正的时段", "no slot would change", field="method",
            mend=("换一种方法，或改选全部时段", "choose another method, or all slots"),
        )  # fmt: skip
    for slot in draft.chosen:
        if slot.after is None and draft.method != Method.VOID:
            raise refused(
                "value-missing", f"{slot.at:%m-%d %H:%M} 没有数值", f"{slot.at:%m-%d %H:%M} has no value",
                field="values", mend=("填写数值；不可用的值请选“作废”", "give a value; to reject one, choose “void”"),
            )  # fmt: skip
        if slot.after is not None and slot.after < 0 and not draft.item.may_be_negative:
            raise refused(
                "value-negative", f"{slot.at:%m-%d %H:%M} 为负值", f"{slot.at:%m-%d %H:%M} is negative", field="values",
                mend=("该数据项不允许负值", "this item cannot be negative"),
            )  # fmt: skip


def decide(
    *,
    actor: Actor,
    account: Account,
    now: datetime,
    store: ReadingStore,
    correction_id: int,
    approve: bool,
    reason: str,
) -> Correction:
    """Approve or refuse one proposal; raises the reason why it cannot be decided."""
    outcome = decide_many(
        actor=actor, account=account, now=now, store=store, correction_ids=[correction_id], approve=approve,
        reason=reason,
    )  # fmt: skip
    for _correction, error in outcome.refused:
        raise error
    return outcome.done[0]


def decide_many(
    *,
    actor: Actor,
    account: Account,
    now: datetime,
    store: ReadingStore,
    correction_ids: Iterable[int],
    approve: bool,
    reason: str,
) -> Decided:
    """Decide proposals with one reason, each recorded; those that cannot be decided stay as they are, with the reason.

    Approved ones become readings before this returns: durable, rolled up and checked. Two persons who approve the same
    proposal at once: the second one is told that it is decided.
    """
    reason = must(reason, reason_needed())
    if account.role != Role.OFFICER:
        raise refused(
            "decision-role", "只有节能主管部门可以审批补正", "only an officer decides corrections",
            mend=("请主管部门审批", "ask an officer of the region"),
        )  # fmt: skip
    outcome = _decide_locked(
        actor=actor, account=account, now=now, store=store, ids=list(correction_ids), approve=approve, reason=reason
    )
    if approve and outcome.done:
        look_again(store, outcome.done, now)
    return outcome


@transaction.atomic
def _decide_locked(
    *, actor: Actor, account: Account, now: datetime, store: ReadingStore, ids: list[int], approve: bool, reason: str
) -> Decided:
    """Decide under a lock on the proposals: who comes second sees them decided."""
    chosen = list(visible_corrections(account).select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk"))
    if len(chosen) < len(set(ids)):
        raise refused("correction-unknown", "没有这条补正", "there is no such correction")
    lock_enterprises({one.enterprise_id for one in chosen})
    outcome, taken = _Outcome(), set[tuple[int, int, str]]()
    waiting = []
    for one in chosen:
        begin = partial(_begin, one, store=store, account=account, now=now, approve=approve, taken=taken)
        waiting.append((one, outcome.attempt(one, begin)))
    for correction, batch in waiting:
        if batch is None:
            continue
        number = outcome.attempt(correction, partial(batch.result, STORE_WAIT_S))
        if number is not None:
            _finish(actor, account, now, correction, approve=approve, reason=reason, batch_id=number or None)
            outcome.done.append(correction)
    return Decided(outcome.done, outcome.refused)


@dataclass(slots=True)
class _Outcome:
    """Gathers what was decided and what was refused, so that one bad proposal does not hold up the others."""

    done: list[Correction] = field(default_factory=list)
    refused: list[tuple[Correction, NenghaoError]] = field(default_factory=list)

    def attempt(self, correction: Correction, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except NenghaoError as error:
            self.refused.append((correction, error))
            return None


def _begin(
    correction: Correction, *, store: ReadingStore, account: Account, now: datetime, approve: bool,
    taken: set[tuple[int, int, str]],
) -> Future[int]:  # fmt: skip
    """Hand the readings of an approved correction to the store; a refusal needs none (number 0)."""
    _require_decidable(account, correction)
    if not approve:
        nothing: Future[int] = Future()
        nothing.set_result(0)
        return nothing
    require_open([correction])
    found, columns = current(store, correction)
    own = {(correction.data_item_id, correction.stat_type, row[0]) for row in correction.rows}
    require_unchanged(correction, found, columns, by_another=not own.isdisjoint(taken))
    taken |= own
    return store.submit(batch_of(correction, found, columns, approver=account.username, now=now))


def _finish(
    actor: Actor, account: Account, now: datetime, correction: Correction, *, approve: bool, reason: str,
    batch_id: int | None,
) -> None:  # fmt: skip
    correction.status = Status.APPROVED if approve else Status.REFUSED
    correction.decided_by, correction.decided_at, correction.decision_reason = account, now, reason
    correction.batch_id = batch_id
    correction.save(update_fields=["status", "decided_by", "decided_at", "decision_reason", "batch_id"])
    _note(actor, now, correction, f"correction-{correction.status}", reason=reason)


def _require_decidable(account: Account, correction: Correction) -> None:
    if correction.status != Status.PROPOSED:
        raise refused(
            "correction-decided", f"该补正{Status(correction.status).label}", "the correction is no longer waiting",
            record=str(correction.pk),
        )  # fmt: skip
    if correction.proposed_by_id == account.pk:
        raise refused(
            "second-person", "提出人不能审批自己的补正", "who proposed a correction cannot decide it",
            record=str(correction.pk), mend=("由另一位主管部门人员审批", "another officer must decide"),
        )  # fmt: skip


@transaction.atomic
def withdraw(*, actor: Actor, account: Account, now: datetime, correction_id: int) -> Correction:
    """Take a proposal back; only its proposer may, and only while it waits."""
    correction = visible_corrections(account).select_for_update(of=("self",)).filter(pk=correction_id).first()
    if correction is None or correction.proposed_by_id != account.pk:
        raise refused("may-not-withdraw", "只有提出人可以撤回", "only who proposed it can withdraw it")
    if correction.status != Status.PROPOSED:
        raise refused("correction-decided", "该补正已有决定", "the correction is no longer waiting")
    correction.status, correction.decided_at = Status.WITHDRAWN, now
    correction.save(update_fields=["status", "decided_at"])
    _note(actor, now, correction, "correction-withdrawn")
    return correction


def _note(actor: Actor, now: datetime, correction: Correction, action: str, *, reason: str = "") -> None:
    """Write the audit trail; the values themselves stay in the correction and its batch."""
    record(
        actor=actor, now=now, action=action, object_type="correction", object_key=str(correction.pk),
        region_path=correction.enterprise.region.path, reason=reason,
        after={
            "status": correction.status, "enterprise": correction.enterprise.code,
            "data_code": correction.data_item.data_code, "stat_type": correction.stat_type,
            "start": correction.start, "end": correction.end, "method": correction.method, "slots": correction.slots,
            "before_sum": correction.before_sum, "after_sum": correction.after_sum, "batch": correction.batch_id,
        },
    )  # fmt: skip


def _total(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def confirmations(*, item_ids: Iterable[int], start: datetime, end: datetime) -> list[Confirmed]:
    """Give what the checks must accept in ``[start, end)``: confirmed slots that no later correction has changed.

    The spans are as the store's blocks want them: half-open, Beijing wall times.
    """
    approved = Correction.objects.filter(status=Status.APPROVED, start__lt=end, end__gt=start).order_by("batch_id")
    confirmed = set(approved.filter(method=Method.CONFIRM).values_list("data_item_id", flat=True))
    if not confirmed or not (wanted := confirmed.intersection(item_ids)):  # mostly nothing: the items are not even read
        return []
    last: dict[tuple[int, int, str], tuple[str, int]] = {}
    for one in approved.filter(data_item_id__in=wanted).select_related("data_item"):
        for row in one.rows:
            last[one.data_item_id, one.stat_type, row[0]] = one.method, one.data_item.realtime_minutes
    slots = sorted((*key, minutes) for key, (method, minutes) in last.items() if method == Method.CONFIRM)
    spans = [
        Confirmed(item, stat, at, slot_end(stat, at, minutes))
        for item, stat, text, minutes in slots
        for at in [datetime.fromisoformat(text)]
    ]
    return _joined([span for span in spans if span.start < wall(end) and span.end > wall(start)])


def _joined(spans: Sequence[Confirmed]) -> list[Confirmed]:
    """Join spans of one series that follow each other."""
    joined: list[Confirmed] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before and (before.data_item_id, before.stat_type, before.end) == (
            span.data_item_id, span.stat_type, span.start,
        ):  # fmt: skip
            joined[-1] = replace(before, end=span.end)
        else:
            joined.append(span)
    return joined
