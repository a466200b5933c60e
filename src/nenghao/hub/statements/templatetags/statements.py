"""Words of statements in templates, and what the home pages say about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.hub.monitoring.words import page_language
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.statements.deadlines import overdue_counts, reminders
from nenghao.hub.statements.models import FilingEvent
from nenghao.periods import to_beijing
from nenghao.reporting.statements import Field, Form

register = template.Library()
LARGE = Decimal("0.1")
"""A difference from readings or earlier filings that a reviewer's eye is led to (ours)."""


@register.filter
def form_title(form: Form) -> str:
    """Name a form in the page's language."""
    return form.title(page_language())


@register.filter
def form_note(form: Form) -> str:
    """Say in the page's language how far the form is known to be the official one."""
    return form.note if page_language() == "zh" else form.note_en


@register.filter
def field_title(field: Field) -> str:
    """Name a field in the page's language."""
    return field.full_title(page_language())


@register.filter
def event_word(event: FilingEvent) -> str:
    """Say what happened."""
    return {
        "started": _("开始填报"), "renewed": _("重新取数"), "imported": _("从 Excel 导入"), "submitted": _("上报"),
        "returned": _("退回"), "accepted": pgettext("event", "通过"), "reopened": _("重开"), "amended": _("另起一版"),
    }.get(event.action, event.action)  # fmt: skip


@register.filter
def weekday_word(character: str) -> str:
    """Name a day of the week by its Chinese numeral."""
    names = {
        "一": _("周一"),
        "二": _("周二"),
        "三": _("周三"),
        "四": _("周四"),
        "五": _("周五"),
        "六": _("周六"),
        "日": _("周日"),
    }
    return names[character]


@register.filter
def thousands(number: Decimal | None) -> str:
    """Give a number with separated thousands."""
    return "–" if number is None else f"{number:,f}"


@register.filter
def signed_percent(ratio: Decimal | None) -> str:
    """Give a ratio as a signed percentage."""
    return "–" if ratio is None else f"{ratio * 100:+.1f}"


@register.filter
def is_large(ratio: Decimal | None) -> bool:
    """Whether a difference is one to look at."""
    return ratio is not None and abs(ratio) > LARGE


@register.inclusion_tag("statements/todo.html")
def statement_todo(region: Region) -> dict[str, Any]:
    """Count what a region is owed."""
    members = Enterprise.objects.filter(region__path__startswith=region.path, active=True).select_related("region")
    overdue, waiting = overdue_counts(enterprises=list(members), today=to_beijing(timezone.now()).date())
    return {"overdue": overdue, "waiting": waiting}


@register.inclusion_tag("statements/home_card.html", takes_context=True)
def statement_reminders(context: template.Context, enterprise: Enterprise) -> dict[str, Any]:
    """List what an enterprise has to do about statements, for its own people."""
    own = getattr(context["request"].user, "enterprise_id", None) == enterprise.pk
    today = to_beijing(timezone.now()).date()
    return {"shown": reminders(enterprise=enterprise, today=today), "may_start": own, "request": context["request"],
            "csrf_token": context.get("csrf_token")}  # fmt: skip
