"""How flags, points and verdicts look: always a letter or a word beside the colour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard, get_args

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from nenghao.findings import Finding
from nenghao.hub.monitoring import formats
from nenghao.hub.monitoring.span import Span
from nenghao.hub.monitoring.words import in_page_language, page_language
from nenghao.hub.quality_review.words import NUMBERS, flag_word, measure_word, method_word, reason_word
from nenghao.hub.registry.models import DataItem, Enterprise
from nenghao.quality.indicators import Indicator
from nenghao.quality.mends import Step
from nenghao.quality.rules import CheckRule
from nenghao.quality.scores import IndexScore, Scheme, Score
from nenghao.reference import Status, status_label

register = template.Library()

VERDICTS = {"pass": ("badge-ok", "check"), "fail": ("badge-bad", "x"), "cannot_judge": ("badge-plain", "help-circle")}
_SPRITE = "vendor/icons.svg"


@register.filter
def points(value: float | None) -> str:
    """Give a score or points with one decimal; ``–`` when it cannot be judged, never 0 in its place."""
    return formats.number(value, 1)


@register.filter
def fine_points(value: float | None) -> str:
    """Give points with two decimals, where one record's loss must be seen."""
    return formats.number(value, 2)


@register.filter
def named(thing: Any) -> str:
    """Give the name of a scheme, an index or an indicator in the page's language."""
    return thing.name_en if page_language() == "en" else thing.name_zh


@register.filter
def noted(thing: Any) -> str:
    """Give the note of a scheme or an index in the page's language."""
    return thing.note_en if page_language() == "en" else thing.note_zh


@register.filter
def said(finding: Any) -> str:
    """Give the message of a finding in the page's language."""
    return finding.message_en if page_language() == "en" else finding.message_zh


def _is_status(word: str) -> TypeGuard[Status]:
    return word in get_args(Status)


@register.filter
def status_word(status: str) -> str:
    """Name the status of a source: 原文, 转引, 待核, or ours."""
    return status_label(status, page_language()) if _is_status(status) else _("本平台设定")


@register.filter
def verdict_word(verdict: str | None) -> str:
    """Name a verdict."""
    return {"pass": pgettext("verdict", "合格"), "fail": _("不合格")}.get(verdict or "", _("不能判定"))


@register.inclusion_tag("quality_review/parts/verdict.html")
def verdict(value: str | None, title: str = "") -> dict[str, Any]:
    """Draw a verdict as a badge with a shape and a word."""
    style, icon_name = VERDICTS.get(value or "", VERDICTS["cannot_judge"])
    return {"style": style, "icon_name": icon_name, "word": verdict_word(value), "title": title}


@register.simple_tag
def flag(number: int, count: float | None = None) -> SafeString:
    """Draw a flag: its letter in its shape, its word, and how many there are where that is asked for.

    >>> "flag-missing" in flag(9)
    True
    """
    word = flag_word(number)
    shown = word.word if count is None else f"{word.word} {count:,.0f}"
    return format_html(
        '<span class="flag flag-{}"><span class="flag-letter" aria-hidden="true">{}</span>{}</span>',
        word.name, word.letter, shown,
    )  # fmt: skip


@register.inclusion_tag("quality_review/parts/unverified.html")
def unverified(thing: Scheme | Score | IndexScore) -> dict[str, Any]:
    """Draw 待核 with what it rests on as a tooltip, where the text behind a scheme, score or index was not verified."""
    of = thing.index if isinstance(thing, IndexScore) else thing.scheme if isinstance(thing, Score) else thing
    return {"shown": of.is_unverified, "name": named(of), "note": noted(of), "source": in_page_language(of.source)}


@register.inclusion_tag("quality_review/parts/lost.html")
def lost_bar(score: Score) -> dict[str, Any]:
    """Draw the points lost by index as one small bar; what is kept is the plain part on the left."""
    scale = 100 / score.scheme.total
    segments: list[dict[str, Any]] = []
    left = (score.total or 0.0) * scale
    for number, part in enumerate(score.indices):
        width = part.lost * scale
        if width > 0:
            segments.append({"x": f"{left:.3f}", "width": f"{width:.3f}", "number": number % 6})
        left += width
    parts = [f"{named(part.index)} −{points(part.lost)}" for part in score.indices if part.lost >= 0.05]
    return {"kept": f"{(score.total or 0.0) * scale:.3f}", "segments": segments, "words": " · ".join(parts)}


@register.simple_tag
def weights(scheme: Scheme) -> str:
    """Give the weights of a scheme on one line, as they must stand beside its total."""
    whole = sum(index.weight for index in scheme.indices) or 1.0
    return " · ".join(f"{named(index)} {index.weight / whole * 100:g}%" for index in scheme.indices)


@register.simple_tag
def page_of(name: str, *keys: str) -> str:
    """Give the address of a page of another part of the hub; empty while that part has none."""
    try:
        return reverse(name, args=keys)
    except NoReverseMatch:
        return ""


register.filter("reason", reason_word)
register.filter("measure", measure_word)
register.filter("method_word", method_word)


@register.filter
def mend(finding: Finding) -> str:
    """Say what to do about a finding, in the page's language."""
    return finding.mend_en if page_language() == "en" else finding.mend_zh


@register.filter
def check_name(rule: CheckRule) -> str:
    """Name a check in the page's language."""
    return rule.name_en if page_language() == "en" else rule.name_zh


@register.filter
def of_key(mapping: Mapping[Any, Any], key: Any) -> Any:
    """Give the value under a key; None where there is none."""
    return mapping.get(key)


@register.inclusion_tag("quality_review/parts/gain.html")
def gained(change: float | None, before: str) -> dict[str, Any]:
    """Say how many points were gained or lost against an earlier span: more is better."""
    return {"change": change, "size": points(abs(change)) if change is not None else "", "before": before}


@register.filter
def signed(change: float) -> str:
    """Give a change of points with its sign: ``+1.2``, ``−0.3``, ``0.0``."""
    shown = points(abs(change))
    return shown if shown == "0.0" else ("+" if change > 0 else "−") + shown


@register.filter
def counted(value: float) -> str:
    """Give a numerator or denominator: a count without decimals, anything else with two."""
    return formats.number(value, 0 if value == int(value) else 2)


@register.filter
def symbol(comparison: str) -> str:
    """Write a comparison as print does: ≥, ≤."""
    return {">=": "≥", "<=": "≤"}.get(comparison, comparison)


@register.filter
def passed_word(passed: bool | None) -> str:
    """Give the verdict of one threshold."""
    return {True: "pass", False: "fail"}.get(passed, "cannot_judge") if passed is not None else "cannot_judge"


@register.filter
def reasoned(indicator: Indicator) -> str:
    """Say why an indicator counts as present, absent, or neither."""
    return indicator.reason_en if page_language() == "en" else indicator.reason_zh


@register.inclusion_tag("quality_review/parts/lost_key.html")
def lost_key(scheme: Scheme) -> dict[str, Any]:
    """Draw the key of the bars of lost points."""
    return {"indices": [(number % 6, named(index)) for number, index in enumerate(scheme.indices)]}


@register.inclusion_tag("quality_review/parts/mend_link.html")
def mend_link(enterprise: Enterprise, items: Mapping[int, DataItem], step: Step, span: Span) -> dict[str, Any]:
    """Say where a step of the plan is done: at an item's findings, at a comparison, or at the meters."""
    item = items.get(step.mend.item_id)
    return {"url": _mend_url(enterprise, item, step.mend.reason, span), "item": item, "records": step.records,
            "all": step.mend.records}  # fmt: skip


def _mend_url(enterprise: Enterprise, item: DataItem | None, reason: str, span: Span) -> str:
    if reason.startswith("meter"):
        return page_of("evidence") or page_of("registry", enterprise.code)
    period = f"?period={span.text}"
    if reason == "imbalance":
        return reverse("quality-comparison", args=[enterprise.code, "plant-against-processes"]) + period
    if item is None:
        return "#acceptance"
    if reason == "month-inconsistent":
        address = reverse("quality-comparison", args=[enterprise.code, "month-against-days"])
        return f"{address}{period}&item={item.data_code}"
    address = reverse("quality-item", args=[enterprise.code, item.data_code])
    chosen = f"&flag={reason}" if reason in NUMBERS else "&check=time-alignment" if "start" in reason else ""
    return f"{address}{period}{chosen}"
