"""Which step may follow which, who may take it and what it must say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Role
from nenghao.hub.credit.models import CreditState

CURE_REPORTED = "cure-reported"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: from which states, who takes it, its button, and whether it must name a document or a last day."""

    action: str
    after: tuple[CreditState, ...]
    role: Role
    label: object
    needs_document: bool = False
    needs_answer_until: bool = False


STEPS = {
    step.action: step
    for step in (
        Step("noticed", (CreditState.PROPOSED,), Role.OFFICER, _("告知"), True, True),
        Step("objected", (CreditState.NOTICED,), Role.ENERGY_MANAGER, _("提交申辩")),
        Step("confirmed", (CreditState.NOTICED, CreditState.OBJECTED), Role.OFFICER, _("认定"), True),
        Step(CURE_REPORTED, (CreditState.CONFIRMED, CreditState.EXPORTED), Role.ENERGY_MANAGER, _("报告整改")),
        Step("cured", (CreditState.CONFIRMED, CreditState.EXPORTED), Role.OFFICER, _("确认整改")),
        Step("removed", (CreditState.CURED,), Role.OFFICER, _("移出名单"), True),
        Step("dropped", (CreditState.PROPOSED, CreditState.NOTICED, CreditState.OBJECTED), Role.OFFICER, _("不予列入")),
    )
}


def lawful_steps(state: str, role: str) -> list[Step]:
    """Give the steps that an account of this role may take now."""
    return [step for step in STEPS.values() if state in step.after and role == step.role]


def require_lawful(
    *, action: str, state: str, role: str, reason: str, document: str, answer_until: date | None, on: date,
    answer_was_until: date | None,
) -> Step:  # fmt: skip
    """Give the step, or refuse it: not now, not by this role, without its reason, document or last day.

    Nobody is confirmed before the last day for an answer is over, unless the answer is there.
    """
    step = STEPS.get(action)
    if step is None or state not in step.after or role != step.role:
        raise NenghaoError(
            "credit-step", "现在不能进行这一步", "this step is not possible now", field="action",
            mend_zh="刷新页面，看当前状态和可行的步骤", mend_en="reload the page and see its state and possible steps",
        )  # fmt: skip
    if not reason.strip():
        raise _missing("reason", "须写明理由", "a reason is needed")
    if step.needs_document and not document.strip():
        raise _missing("document", "须填写文号或材料", "a document must be named")
    if step.needs_answer_until and (answer_until is None or answer_until <= on):
        raise _missing("answer_until", "申辩截止日须晚于告知日", "the last day for an answer must lie after the notice")
    if action == "confirmed" and state == CreditState.NOTICED and answer_was_until and on <= answer_was_until:
        raise NenghaoError(
            "credit-too-early", f"申辩期至 {answer_was_until} 止，期满前不能认定",
            f"the enterprise may answer until {answer_was_until}", field="action",
            mend_zh="期满后或收到申辩后再认定", mend_en="confirm after that day, or once the answer is there",
        )  # fmt: skip
    return step


def _missing(field: str, zh: str, en: str) -> NenghaoError:
    return NenghaoError("credit-incomplete", zh, en, field=field, mend_zh="补全后再提交", mend_en="fill it in")
