"""Template tags and filters of the frame: navigation, icons, numbers as every page shows them."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from nenghao.hub.monitoring import energies, formats
from nenghao.hub.monitoring.comparison import Compared
from nenghao.hub.monitoring.shares import Shares
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import (
    STATE_NAMES,
    in_page_language,
    page_language,
    stat_type_word,
    state_words,
    unit_word,
)

register = template.Library()
register.simple_tag(page_language)
register.filter("number", formats.number)
register.filter("tce", formats.tce)
register.filter("percent", formats.percent)
register.filter("quantity", formats.quantity)
register.filter("factor", formats.factor)
register.filter("moment", formats.moment)
register.filter("energy_name", energies.energy_name)
register.filter("energy_unit", energies.energy_unit)
register.filter("stat_type_word", stat_type_word)
register.filter("unit_word", unit_word)
register.filter("in_page_language", in_page_language)


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """Draw an icon of the sprite (``frontend/icons.txt`` lists the names); decorative, so hidden from readers."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><use href="{}#{}"></use></svg>',
        extra, static("vendor/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def brand_mark() -> SafeString:
    """Draw the mark of the system."""
    return format_html('<img src="{}" alt="" width="28" height="28">', static("nenghao/mark.svg"))


@register.simple_tag
def environment_label() -> SafeString:
    """Say that this is not a real platform, where ``settings.NENGHAO_ENVIRONMENT`` is ``demo``."""
    if getattr(settings, "NENGHAO_ENVIRONMENT", "") != "demo":
        return SafeString("")
    return format_html('<span class="badge badge-demo" title="{}">{}</span>', _("数据为演示用"), _("演示数据"))


def _section(path: str, name: str, icon_name: str, label: str) -> dict[str, Any] | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    return {
        "url": url,
        "icon": icon_name,
        "label": label,
        "active": path == url or (url != "/" and path.startswith(url)),
    }


def _quality_sections(role: str) -> tuple[tuple[str, str, str], ...]:
    """Name the sections about data that can be trusted; some are an authority's alone."""
    shared = (
        ("quality", "clipboard-check", _("数据质量")), ("corrections", "pencil", _("补正与封账")),
        ("evidence", "certificate", _("计量凭证")), ("access-progress", "progress-check", _("接入推进")),
    )  # fmt: skip
    if role not in ("officer", "operator"):
        return shared
    return (*shared, ("quality-rules", "adjustments", _("规则与评分")), ("bulletins", "report", _("季报与通报")),
            ("credit", "gavel", _("信用名单")))  # fmt: skip


def _accounting_sections() -> tuple[tuple[str, str, str], ...]:
    """Name the sections about what is used for what: accounts, indicators, quotas, targets, statements, analysis."""
    return (
        ("energy-accounts", "calculator", _("能耗核算")), ("indicators", "gauge", _("监测指标")),
        ("quotas", "ruler-measure", _("限额对标")), ("targets", "target", _("目标考核")),
        ("statements", "file-spreadsheet", _("报表填报")), ("analysis", "chart-histogram", _("形势分析")),
        ("production", "building-factory-2", _("产品产值")),
    )  # fmt: skip


@register.inclusion_tag("partials/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """Draw the sections that this account can open."""
    request = context.get("request")
    path = request.path if request else ""
    is_enterprise = bool(getattr(getattr(request, "user", None), "enterprise_id", None))
    first = ("home", "home", _("首页")) if is_enterprise else ("home", "device-desktop-analytics", _("总览"))
    second = ("enterprises", "bolt", _("用能") if is_enterprise else _("监测"))
    role = getattr(getattr(request, "user", None), "role", "")
    rest = (
        *_accounting_sections(),
        *_quality_sections(role),
        ("devices", "router", _("接入设备")),
        ("uploads", "cloud-upload", _("上传日志")),
    )
    if role in ("officer", "operator"):
        rest += (("chain", "sitemap", _("上下级平台")), ("accounts", "users", _("账号")))
    rest += (("api-access", "key", _("数据接口")),)
    if role == "operator":
        rest += (("audit", "shield-check", _("操作日志")),)
    sections = [section for entry in (first, second, *rest) if (section := _section(path, *entry))]
    sections[:1] = [s | {"active": s["active"] or path.startswith("/regions/")} for s in sections[:1]]
    return {"sections": sections, "request": request}


@register.filter
def state_word(state: str | int) -> str:
    """Name a state of data, given by name or by its stored number."""
    return state_words()[STATE_NAMES[state] if isinstance(state, int) else state]


@register.filter
def state_name(state: int) -> str:
    """Give the name of a stored state number, for a class."""
    return STATE_NAMES[state]


@register.inclusion_tag("partials/state.html")
def state(shares: Shares) -> dict[str, Any]:
    """Draw the shares of a period: a bar with its word, and the three percentages as a tooltip."""
    words = state_words()
    parts = (("measured", shares.measured), ("estimated", shares.estimated), ("missing", shares.missing))
    return {
        "state": shares.state,
        "measured": f"{shares.measured * 100:.2f}",
        "estimated": f"{shares.estimated * 100:.2f}",
        "missing_share": formats.percent(shares.missing),
        "title": " · ".join(f"{words[name]} {formats.percent(share)}%" for name, share in parts),
    }


@register.inclusion_tag("partials/change.html")
def change(compared: Compared, span: Span) -> dict[str, Any]:
    """Say how a number compares with the span before."""
    return {"compared": compared, "before": span.before.text, "change": compared.change}


@register.inclusion_tag("partials/change_short.html")
def change_short(percent: float | None) -> dict[str, Any]:
    """Draw an arrow with the relative change."""
    return {"change": percent, "shown": formats.number(abs(percent), 1) if percent is not None else formats.NOTHING}


@register.inclusion_tag("partials/sort_header.html", takes_context=True)
def sort_header(context: template.Context, name: str, label: str, present: str, unit: str = "") -> dict[str, Any]:
    """Draw a column title that sorts by it; the address keeps the rest of the page's state."""
    query = context["request"].GET.copy()
    query["sort"] = name if present == f"-{name}" else f"-{name}"
    query.pop("page", None)
    return {
        "label": f"{label} [{unit_word(unit)}]" if unit else label,
        "url": f"?{query.urlencode()}",
        "up": present == name,
        "down": present == f"-{name}",
    }


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: template.Context, page: int, pages: int, count: int) -> dict[str, Any]:
    """Draw the page links of a table."""

    def link(number: int) -> str:
        query = context["request"].GET.copy()
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "pages": pages,
        "count": count,
        "earlier": link(page - 1) if page > 1 else "",
        "later": link(page + 1) if page < pages else "",
    }


@register.simple_tag(takes_context=True)
def here_as(context: template.Context, **changes: str) -> str:
    """Give this page's address with some parameters changed; an empty value removes one."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
