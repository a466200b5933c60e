"""The page of one platform below: identity, decision, keys, signature, certificate, rates, history, acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform
from nenghao.hub.chain.platforms import may_decide_on, visible_platforms
from nenghao.hub.devices.acts import ACTS
from nenghao.hub.devices.page import MODES, HistoryRow, history
from nenghao.hub.intake.guard import PLATFORM_FACTOR
from nenghao.hub.monitoring.templatetags.pages import page_language
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.services import LAWFUL_DECISIONS

MAY_ACT = (Role.OFFICER, Role.OPERATOR)
ACTIONS: Mapping[str, object] = {
    "platform-registered": _("注册"), "platform-approved": _("批准"), "platform-refused": _("拒绝"),
    "platform-revoked": _("撤销"), "platform-sign-key-issued": pgettext_lazy("event", "签发签名密钥"),
    "platform-keys-rotated": _("更换密钥"), "platform-grace-ended": _("旧密钥立即作废"),
    "platform-signature-required": pgettext_lazy("event", "要求签名"),
    "platform-signature-waived": pgettext_lazy("event", "不再要求签名"),
    "platform-certificate-bound": pgettext_lazy("event", "绑定证书"),
    "platform-certificate-unbound": _("解除证书绑定"),
    "platform-rates-limited": _("调整速率上限"),
}  # fmt: skip
PLATFORM_ACTS = {name: act for name, act in ACTS.items() if name != "open-registration"}
"""A platform below always sends ``clientId``: its address opens nothing."""


@dataclass(frozen=True, slots=True)
class PlatformPage:
    """Everything on the page; limits are those that count, per minute, 0 for none."""

    platform: Platform
    history: Sequence[HistoryRow]
    has_grace: bool
    signature_mode: object
    certificate_mode: object
    requests_per_minute: int
    records_per_minute: int


def platform_page(*, platform: Platform, now: datetime) -> PlatformPage:
    """Gather the page of a platform that the asker may see."""
    return PlatformPage(
        platform=platform, history=history("platform", platform.platform_id, ACTIONS),
        has_grace=platform.has_grace(now), signature_mode=MODES[settings.NENGHAO_SIGNATURES],
        certificate_mode=MODES[settings.NENGHAO_CERTIFICATES],
        requests_per_minute=_limit(platform.requests_per_minute, settings.NENGHAO_REQUESTS_PER_MINUTE),
        records_per_minute=_limit(platform.records_per_minute, settings.NENGHAO_RECORDS_PER_MINUTE),
    )  # fmt: skip


@roles(*MAY_ACT)
@require_safe
def platform(request: HttpRequest, platform_id: str) -> HttpResponse:
    """Show one platform below; who stands above its region may act on it."""
    found = _visible(request, platform_id)
    may_decide = may_decide_on(signed_in(request), found)
    decisions = [status for status in DeviceStatus if may_decide and status in LAWFUL_DECISIONS[found.status]]
    context = {
        "page": platform_page(platform=found, now=timezone.now()), "may_decide": may_decide, "row": found,
        "grace_hours": settings.NENGHAO_KEY_GRACE_HOURS,
    }  # fmt: skip
    found.decisions = decisions  # pyright: ignore[reportAttributeAccessIssue] -- as the list's decision cell reads it
    return render(request, "chain/platform.html", context)


@roles(*MAY_ACT)
@require_POST
def act(request: HttpRequest, platform_id: str, action: str) -> HttpResponse:
    """Do one of the acts on a platform below, from above its region; what was refused is said on its page."""
    found = _visible(request, platform_id)
    if action not in PLATFORM_ACTS:
        raise Http404("action")
    if not may_decide_on(signed_in(request), found):
        raise PermissionDenied
    try:
        PLATFORM_ACTS[action](actor=Actor.of(request), now=timezone.now(), holder=found, form=request.POST)
    except NenghaoError as error:
        messages.error(request, error.text(page_language()))
    return redirect("platform", platform_id)


def _visible(request: HttpRequest, platform_id: str) -> Platform:
    return get_object_or_404(visible_platforms(signed_in(request)), platform_id=platform_id)


def _limit(own: int | None, usual: int) -> int:
    return usual * PLATFORM_FACTOR if own is None else own
