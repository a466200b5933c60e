"""What the views share: the present day, the tabs, and the note on years whose holidays are not announced."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.workdays import unannounced_years
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_region
from nenghao.hub.registry.models import Region

OFFICE = (Role.OFFICER, Role.OPERATOR)


def tabs(account: Account) -> list[tuple[str, str, str]]:
    """Name, address and label of the pages of this app that the account can open."""
    names = {
        "access-progress": _("进展"), "access-plans": _("名单与计划"), "access-devices": _("设备健康"),
        "access-tickets": _("故障工单"), "access-exemptions": _("豁免"), "access-acceptance": _("验收"),
        "access-organisation": _("组织与责任"),
    }  # fmt: skip
    if account.enterprise is not None:
        own = ("access-enterprise", reverse("access-enterprise", args=[account.enterprise.code]), _("本单位"))
        kept = ("access-devices", "access-tickets", "access-exemptions", "access-acceptance")
        return [own, *((name, reverse(name), names[name]) for name in kept)]
    return [(name, reverse(name), label) for name, label in names.items()]


def draw(request: HttpRequest, account: Account, page: str, context: Mapping[str, Any], tab: str = "") -> HttpResponse:
    """Render a page of this app with its tabs."""
    frame = {"tabs": tabs(account), "tab": tab}
    return render(request, f"access_progress/{page}.html", frame | dict(context))


def calendar_note(start: date, end: date) -> str:
    """Say of which years between two days the holidays are not announced; nothing where all are."""
    years = "、".join(map(str, unannounced_years(start, end)))
    return _("%(years)s 年放假安排未公布，按周一至周五计") % {"years": years} if years else ""


def chosen_region(account: Account, code: str) -> Region:
    """Give the region in the address, else the account's own."""
    assert account.region is not None
    return require_region(account, code) if code else account.region


def chosen_day(text: str, now: datetime) -> date:
    """Give the day in the address, today without one; never a day to come."""
    if not text:
        return now.date()
    try:
        return min(date.fromisoformat(text), now.date())
    except ValueError as bad:
        raise NenghaoError(
            "day-unreadable", f"日期无法识别: {text[:20]}", f"the day cannot be read: {text[:20]}", field="on",
            mend_zh="写成 2026-11-20", mend_en="write it as 2026-11-20",
        ) from bad  # fmt: skip


def link_to(name: str, *args: object) -> str:
    """Give the address of another app's page, empty while that app does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""
