"""The facts of a case in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.hub.credit.models import CreditKind, CreditState
from nenghao.hub.credit.steps import CURE_REPORTED


def stage_word(stage: str) -> str:
    """Name a milestone of access."""
    return {"build": _("建设"), "connect": pgettext("credit", "接入"), "accept": _("验收")}.get(stage, stage)


def facts_text(kind: str, facts: Mapping[str, Any]) -> str:
    """Say the figures that a case was proposed on; nothing where it was proposed by hand."""
    if kind == CreditKind.LATE_BUILDING and "late_days" in facts:
        return _("%(stage)s应于 %(due_on)s 完成，至 %(on)s 逾期 %(late_days)s 天") % {
            **facts, "stage": stage_word(facts["stage"])
        }  # fmt: skip
    if kind == CreditKind.MISSING_UPLOAD and "days_due" in facts:
        return _("%(since)s 至 %(on)s 应传 %(days_due)s 天，无数据 %(days_without_data)s 天") % dict(facts)
    if kind == CreditKind.POOR_UPKEEP and "over_term" in facts:
        return _("至 %(on)s 近期故障 %(tickets)s 起，超期 %(over_term)s 起，其中未报备 %(unfiled)s 起") % dict(facts)
    return ""


def action_word(action: str) -> str:
    """Name a step."""
    return _("报告整改") if action == CURE_REPORTED else str(CreditState(action).label)
