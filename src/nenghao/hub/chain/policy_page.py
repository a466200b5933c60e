"""The page on which an officer changes what goes upward over one link: with a reason, and the history of changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import roles, signed_in
from nenghao.hub.accounts.models import Role
from nenghao.hub.audit.services import Actor
from nenghao.hub.chain import upstreams
from nenghao.hub.chain.models import Upstream
from nenghao.hub.chain.policy import covered
from nenghao.hub.devices.page import history
from nenghao.hub.monitoring.templatetags.pages import page_language
from nenghao.hub.registry.models.enterprise import EnergyConsumeLevel

ACTIONS = {
    "upstream-added": gettext_lazy("添加上级平台"), "upstream-policy": gettext_lazy("调整上报策略"),
    "upstream-paused": gettext_lazy("暂停"), "upstream-resumed": gettext_lazy("恢复"),
    "chain-compared": gettext_lazy("对账"), "chain-retried": gettext_lazy("重传被拒内容"),
}  # fmt: skip


@roles(Role.OFFICER, Role.OPERATOR)
def policy(request: HttpRequest, upstream_id: int) -> HttpResponse:
    """Show what goes upward and take a change of it; what was refused comes back as it was typed."""
    upstream = get_object_or_404(upstreams.visible_upstreams(signed_in(request)), pk=upstream_id)
    typed: dict[str, Any] = _as_it_is(upstream)
    if request.method == "POST":
        typed = _typed(request)
        try:
            changed = _change(request, upstream, typed)
        except NenghaoError as error:
            messages.error(request, error.text(page_language()))
        else:
            said = _("上报策略已调整；新增范围的历史数据将补传") if changed else _("没有变化")
            messages.success(request, said)
            return redirect("chain-policy", upstream.pk)
    enterprises = covered(upstream)
    context = {
        "upstream": upstream, "typed": typed, "levels": EnergyConsumeLevel.choices, "digits": (0, 1, 2, 3),
        "enterprises": len(enterprises), "realtime": sum(one.sends_realtime(upstream) for one in enterprises.values()),
        "history": history("upstream", upstream.name, ACTIONS),
    }  # fmt: skip
    return render(request, "chain/policy.html", context)


def _as_it_is(upstream: Upstream) -> dict[str, Any]:
    return {
        "stat_types": [int(digit) for digit in upstream.stat_types], "realtime_level": upstream.realtime_level,
        "realtime_enterprises": "\n".join(upstream.realtime_enterprises), "batch_records": upstream.batch_records,
    }  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    form = request.POST
    level = form.get("realtime_level", "")
    return {
        "stat_types": [int(digit) for digit in form.getlist("stat_types") if digit in set("0123")],
        "realtime_level": int(level) if level in set("123456") else None,
        "realtime_enterprises": form.get("realtime_enterprises", ""),
        "batch_records": form.get("batch_records", ""), "reason": form.get("reason", ""),
    }  # fmt: skip


def _change(request: HttpRequest, upstream: Upstream, typed: dict[str, Any]) -> bool:
    if not typed["reason"].strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", field="reason",
            mend_zh="写明原因，记入操作日志", mend_en="say why; it stands in the audit trail",
        )  # fmt: skip
    codes, records = typed["realtime_enterprises"].split(), typed["batch_records"].strip()
    upstreams.require_below(upstream, codes)
    return upstreams.set_policy(
        actor=Actor.of(request), now=timezone.now(), upstream=upstream,
        stat_types="".join(str(digit) for digit in typed["stat_types"]), realtime_level=typed["realtime_level"],
        realtime_enterprises=codes, reason=typed["reason"],
        batch_records=int(records) if records.isascii() and records.isdigit() and len(records) < 7 else 0,
    )  # fmt: skip
