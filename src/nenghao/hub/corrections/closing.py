"""Closing of months (封账): the figures of many enterprises frozen in one go, reopened by an officer with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.corrections.closed import lock_enterprises, month_end
from nenghao.hub.corrections.errors import must, reason_needed, refused
from nenghao.hub.corrections.models import ClosedFigure, ClosedMonth, Correction, MonthStatus, Status
from nenghao.hub.corrections.quality import Quality, month_scores
from nenghao.hub.energy_accounts.freezing import freeze_accounts
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.periods import BEIJING, PeriodKind
from nenghao.readings import ReadingStore
from nenghao.readings.energy import EnergyCell, ItemCell, enterprise_cells, item_cells, totals_by_enterprise
from nenghao.readings.uploads import newest_batch

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of a region's month: editions made, and enterprises left open with the reason."""

    closed: Sequence[ClosedMonth]
    refused: Sequence[tuple[Enterprise, NenghaoError]]


def visible_months(account: Account) -> QuerySet[ClosedMonth]:
    """Give the editions of the enterprises that the account sees."""
    return ClosedMonth.objects.filter(enterprise__in=visible_enterprises(account)).select_related(
        "enterprise__region", "closed_by", "reopened_by"
    )


def close_months(
    *,
    actor: Actor,
    account: Account,
    now: datetime,
    store: ReadingStore,
    enterprise_ids: Iterable[int],
    month: date,
    reason: str = "",
) -> Closing:
    """Freeze a month of several enterprises; those with proposals that wait, or closed already, are left, and said so.

    Reads the store a fixed number of times, whatever the number of enterprises.
    """
    _require_officer(account, "close-role")
    start, end = month_span(month)
    if end > now:
        raise refused("month-runs", "该月尚未结束", "the month is not over yet", field="period")
    members = list(
        visible_enterprises(account).filter(pk__in=list(enterprise_ids)).select_related("region").order_by("pk")
    )
    quality = month_scores(store, members, month, now)
    with transaction.atomic():
        lock_enterprises([member.pk for member in members])
        blocked = _blocked(members, month)
        free = [member for member in members if member.pk not in blocked]
        editions = _editions(free, month)
        mark = newest_batch(store)
        store.rollup_pending()
        ids = [member.pk for member in free]
        span = {"enterprise_ids": ids, "kind": PeriodKind.MONTH, "start": start, "end": end}
        tce = {total.enterprise_id: total.tce for total in totals_by_enterprise(store, **span)}
        made = [
            _edition(member, month, editions.get(member.pk, 0) + 1, account, now, reason, mark, tce, quality)
            for member in free
        ]
        _save(made)
        _freeze(made, enterprise_cells(store, **span), item_cells(store, **span))
        freeze_accounts(store=store, editions=made, now=now)
        for one in made:
            _note(actor, now, one, "month-closed", reason)
    return Closing(made, [(member, blocked[member.pk]) for member in members if member.pk in blocked])


def month_span(month: date) -> tuple[datetime, datetime]:
    """Give the first instant of a month and the first after it."""
    return datetime.combine(month, time(), tzinfo=BEIJING), month_end(month)


def _require_officer(account: Account, code: str) -> None:
    if account.role != Role.OFFICER:
        raise refused(code, "只有节能主管部门可以封账和重开", "only an officer closes and reopens months")


def _blocked(members: Sequence[Enterprise], month: date) -> dict[int, NenghaoError]:
    """Tell which enterprises cannot be closed, and why."""
    start, end = month_span(month)
    ids = [member.pk for member in members]
    here = {"enterprise__in": ids}
    closed = ClosedMonth.objects.filter(**here, month=month, status=MonthStatus.CLOSED)
    waiting = Correction.objects.filter(**here, status=Status.PROPOSED, start__lt=end, end__gt=start)
    found = {
        pk: refused("corrections-wait", "该月还有待审批的补正", "corrections of the month still wait for a decision",
                    mend=("先审批或撤回", "decide or withdraw them first"))
        for pk in waiting.values_list("enterprise_id", flat=True)
    }  # fmt: skip
    return found | {
        pk: refused("already-closed", "该月已封账", "the month is closed already")
        for pk in closed.values_list("enterprise_id", flat=True)
    }


def _editions(members: Sequence[Enterprise], month: date) -> dict[int, int]:
    """Give the number of the last edition of each enterprise that has one."""
    rows = ClosedMonth.objects.filter(enterprise__in=[member.pk for member in members], month=month)
    return {row["enterprise_id"]: row["last"] for row in rows.values("enterprise_id").annotate(last=Max("edition"))}


def _edition(  # noqa: PLR0917 -- one row of one table, made in one place
    member: Enterprise, month: date, edition: int, account: Account, now: datetime, reason: str, mark: int,
    tce: Mapping[int, float | None], quality: Mapping[int, Quality],
) -> ClosedMonth:  # fmt: skip
    scored = quality.get(member.pk, Quality())
    return ClosedMonth(
        enterprise=member, month=month, edition=edition, closed_by=account, closed_at=now, reason=reason.strip()[:200],
        last_batch_id=mark, tce=tce.get(member.pk), quality_score=scored.points, quality_scheme=scored.scheme,
    )  # fmt: skip


def _save(made: Sequence[ClosedMonth]) -> None:
    try:
        ClosedMonth.objects.bulk_create(made, batch_size=ROWS_AT_ONCE)
    except IntegrityError as error:
        raise refused("already-closed", "该月刚被他人封账", "someone else has just closed the month") from error


def _freeze(made: Sequence[ClosedMonth], energies: Iterable[EnergyCell], cells: Sequence[ItemCell]) -> None:
    """Keep every figure of the editions: by energy, then by item."""
    of = {one.enterprise_id: one for one in made}
    items = DataItem.objects.filter(enterprise__in=list(of)).in_bulk()
    figures = [
        ClosedFigure(closed_month=of[cell.enterprise_id], energy_key=cell.energy_key, **_facts(cell))
        for cell in energies
    ]
    figures += [
        ClosedFigure(
            closed_month=of[item.enterprise_id], energy_key=cell.energy_key, data_item=item, data_code=item.data_code,
            name=item.name, base_unit=item.base_unit, counts_in_total=item.counts_in_total, **_facts(cell),
        )
        for cell in cells
        if (item := items.get(cell.data_item_id)) is not None
    ]  # fmt: skip
    ClosedFigure.objects.bulk_create(figures, batch_size=ROWS_AT_ONCE)


def _facts(cell: EnergyCell | ItemCell) -> dict[str, float | str | None]:
    return {
        "quantity": cell.quantity, "tce": cell.tce, "measured_ratio": cell.measured_ratio,
        "estimated_ratio": cell.estimated_ratio, "missing_ratio": cell.missing_ratio,
        "factor_id": cell.factor_id or "",
    }  # fmt: skip


@transaction.atomic
def reopen_month(
    *, actor: Actor, account: Account, now: datetime, enterprise_id: int, month: date, reason: str
) -> ClosedMonth:
    """Open a closed month again; its editions stay, closing it again makes a new one."""
    _require_officer(account, "reopen-role")
    reason = must(reason, reason_needed())
    one = (
        visible_months(account)
        .select_for_update(of=("self",))
        .filter(enterprise=enterprise_id, month=month, status=MonthStatus.CLOSED)
        .first()
    )
    if one is None:
        raise refused("month-open", "该月没有封账", "the month is not closed", record=f"{month:%Y-%m}")
    one.status, one.reopened_by, one.reopened_at, one.reopen_reason = MonthStatus.REOPENED, account, now, reason
    one.save(update_fields=["status", "reopened_by", "reopened_at", "reopen_reason"])
    _note(actor, now, one, "month-reopened", reason)
    return one


def _note(actor: Actor, now: datetime, one: ClosedMonth, action: str, reason: str) -> None:
    record(
        actor=actor, now=now, action=action, object_type="month",
        object_key=f"{one.enterprise.code} {one.month:%Y-%m}", region_path=one.enterprise.region.path, reason=reason,
        after={"status": one.status, "edition": one.edition, "tce": one.tce, "last_batch": one.last_batch_id},
    )  # fmt: skip
