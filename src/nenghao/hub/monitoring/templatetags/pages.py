"""Template tags and filters of the frame: navigation, icons, numbers as every page shows them."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from nenghao.errors import Language
from nenghao.hub.monitoring import formats

register = template.Library()
register.filter("number", formats.number)
register.filter("tce", formats.tce)
register.filter("percent", formats.percent)
register.filter("quantity", formats.quantity)
register.filter("moment", formats.moment)


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


def page_language() -> Language:
    """Give the language of the page as the errors of nenghao name it."""
    return "en" if (get_language() or "").startswith("en") else "zh"


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


@register.inclusion_tag("partials/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, Any]:
    """Draw the sections that this account can open."""
    request = context.get("request")
    path = request.path if request else ""
    is_enterprise = bool(getattr(getattr(request, "user", None), "enterprise_id", None))
    first = ("home", "home", _("首页")) if is_enterprise else ("home", "device-desktop-analytics", _("总览"))
    second = ("enterprises", "bolt", _("用能") if is_enterprise else _("监测"))
    rest = (("devices", "router", _("接入设备")), ("uploads", "cloud-upload", _("上传日志")))
    sections = [section for entry in (first, second, *rest) if (section := _section(path, *entry))]
    sections[:1] = [s | {"active": s["active"] or path.startswith("/regions/")} for s in sections[:1]]
    return {"sections": sections, "request": request}
