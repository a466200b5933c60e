"""Changes to the credit list; each is one dated, reasoned step and an entry of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.credit.export import export_rows, export_workbook
from nenghao.hub.credit.models import CreditCase, CreditExport, CreditKind, CreditState, CreditStep
from nenghao.hub.credit.steps import require_lawful
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.periods import to_beijing


def visible_cases(account: Account) -> QuerySet[CreditCase]:
    """Give the cases of the enterprises that the account sees."""
    return CreditCase.objects.filter(enterprise__in=visible_enterprises(account)).select_related("enterprise__region")


def visible_exports(account: Account) -> QuerySet[CreditExport]:
    """Give the lists exported for the account's region and below; none for an enterprise."""
    if account.region is None:
        return CreditExport.objects.none()
    return CreditExport.objects.filter(region__path__startswith=account.region.path).select_related("region")


@transaction.atomic
def propose(
    *, actor: Actor, now: datetime, enterprise: Enterprise, kind: str, facts: Mapping[str, Any], reason: str
) -> CreditCase:
    """Open a case; ``credit-open`` when one of the same kind is open already."""
    if kind not in CreditKind.values or not reason.strip():
        raise NenghaoError(
            "credit-incomplete", "须选择情形并写明理由", "a ground and a reason are needed", record=enterprise.code,
            field="reason", mend_zh="补全后再提交", mend_en="fill it in",
        )  # fmt: skip
    open_case = CreditCase.objects.filter(enterprise=enterprise, kind=kind).exclude(
        state__in=(CreditState.REMOVED, CreditState.DROPPED)
    )
    if open_case.exists():
        raise NenghaoError(
            "credit-open", "该单位同一情形已有未结案件", "a case of this kind is already open", record=enterprise.code,
            field="enterprise", mend_zh="在原案件上办理", mend_en="go on with that case",
        )  # fmt: skip
    case = CreditCase.objects.create(
        enterprise=enterprise, kind=kind, facts=dict(facts), proposed_on=to_beijing(now).date()
    )
    _step(case, CreditState.PROPOSED, actor=actor, now=now, reason=reason)
    return case


@transaction.atomic
def take_step(
    *, actor: Actor, now: datetime, case_id: int, action: str, role: str, reason: str, document: str = "",
    answer_until: date | None = None,
) -> CreditCase:  # fmt: skip
    """Take a step of a case; raises what :func:`require_lawful` refuses."""
    case = CreditCase.objects.select_for_update().get(pk=case_id)
    on = to_beijing(now).date()
    require_lawful(
        action=action, state=case.state, role=role, reason=reason, document=document, answer_until=answer_until, on=on,
        answer_was_until=case.answer_until,
    )  # fmt: skip
    before = case.state
    if action in CreditState.values:
        case.state = action
    case.answer_until = answer_until or case.answer_until
    if action == CreditState.CONFIRMED:
        case.confirmed_on = on
    if case.state in (CreditState.REMOVED, CreditState.DROPPED):
        case.closed_on = on
    case.save()
    _step(case, action, actor=actor, now=now, reason=reason, document=document, before=before)
    return case


def _step(
    case: CreditCase, action: str, *, actor: Actor, now: datetime, reason: str, document: str = "", before: str = ""
) -> None:
    CreditStep.objects.create(
        case=case, action=action, on=to_beijing(now).date(), at=now, by=actor.name, reason=reason.strip(),
        document=document.strip(),
    )  # fmt: skip
    record(
        actor=actor, now=now, action=f"credit-{action}", object_type="credit-case",
        object_key=f"{case.enterprise.code} {case.kind}", region_path=case.enterprise.region.path,
        before={"state": before} if before else None, after={"state": case.state}, reason=reason.strip()[:200],
    )  # fmt: skip


@transaction.atomic
def export(*, actor: Actor, now: datetime, region: Region, cases: QuerySet[CreditCase], reason: str) -> CreditExport:
    """Hand over every confirmed case of ``cases`` that was not yet; the file stays as it was sent."""
    waiting = cases.filter(state=CreditState.CONFIRMED, enterprise__region__path__startswith=region.path)
    ids = list(waiting.order_by().values_list("pk", flat=True))
    chosen = list(CreditCase.objects.select_for_update().filter(pk__in=ids, state=CreditState.CONFIRMED).order_by("pk"))
    if not chosen:
        raise NenghaoError(
            "credit-nothing", "没有待报送的认定", "nothing confirmed waits to be exported",
            mend_zh="先认定", mend_en="confirm a case first",
        )  # fmt: skip
    rows = export_rows(_with_steps(chosen))
    made = CreditExport.objects.create(
        region=region, exported_at=now, exported_by=actor.name, reason=reason.strip()[:200], rows=len(rows),
        workbook=export_workbook(rows, region=region, now=now, by=actor.name), table=rows,
    )  # fmt: skip
    for case in chosen:
        case.state, case.export = CreditState.EXPORTED, made
        case.save(update_fields=["state", "export"])
        _step(
            case, CreditState.EXPORTED, actor=actor, now=now, reason=reason or "报送", before=CreditState.CONFIRMED,
            document=f"#{made.pk}",
        )  # fmt: skip
    return made


def _with_steps(cases: Sequence[CreditCase]) -> list[CreditCase]:
    return list(
        CreditCase.objects.filter(pk__in=[case.pk for case in cases])
        .select_related("enterprise__region", "enterprise__industry")
        .prefetch_related("steps")
        .order_by("enterprise__code", "kind")
    )
