"""Template tags of rules and schemes: an edition's stage, the last day of a span, the steps of the audit trail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from nenghao.hub.quality_rules.looking import stage, stage_word
from nenghao.hub.quality_rules.models import Edition

register = template.Library()


@register.inclusion_tag("quality_rules/stage.html")
def stage_badge(edition: Edition) -> dict[str, Any]:
    """Draw where an edition stands today, in a word, a sign and a colour."""
    found = stage(edition, timezone.localdate())
    return {"stage": found, "stage_word": stage_word(found)}


@register.filter
def day_before(day: date) -> date:
    """Give the last day of a span whose end is exclusive."""
    return day - timedelta(days=1)


@register.filter
def action_word(action: str) -> str:
    """Name a step of an edition's life."""
    return {
        "edition-drafted": _("新建草稿"), "edition-changed": _("修改草稿"), "edition-discarded": _("删除草稿"),
        "edition-activated": _("启用"), "edition-succeeded": _("由新版本接替"), "edition-retired": _("停用"),
    }.get(action, action)  # fmt: skip
