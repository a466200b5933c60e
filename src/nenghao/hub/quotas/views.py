"""Views of the quota pages: parse and authorise, ask the services, render."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now, enterprise_places, region_places
from nenghao.hub.production.models import Product
from nenghao.hub.quotas import services
from nenghao.hub.quotas.campaigns import set_flag
from nenghao.hub.quotas.drawing import bar, spread, trend
from nenghao.hub.quotas.listings import ranking_listing, verdict_listing
from nenghao.hub.quotas.models import CampaignFlag, CampaignStep, GradeWord, SpanKind, Verdict, metric_name
from nenghao.hub.quotas.regional import by_industry, by_standard, grade_counts
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.store import get_store

MAY_ENTER = (Role.ENERGY_MANAGER, Role.OFFICER)


@dataclass(frozen=True, slots=True)
class Asked:
    """The span of a page: a month alone or with those before it in its year; a year is its newest month, cumulative."""

    kind: SpanKind
    month: date
    text: str

    @property
    def query(self) -> str:
        """The span in the URL."""
        return f"period={self.text}&span={self.kind}"


def asked_span(request: HttpRequest, enterprise_ids: list[int], now: datetime) -> Asked:
    """Read the span of the URL, else take the newest month with verdicts that has ended, cumulative."""
    text = request.GET.get("period", "").strip()
    kind = SpanKind.MONTH if request.GET.get("span") == "month" else SpanKind.CUMULATIVE
    if re.fullmatch(r"20\d\d", text):
        month = services.last_month(enterprise_ids, year=int(text)) or date(int(text), 1, 1)
        return Asked(SpanKind.CUMULATIVE, month, text)
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        return Asked(kind, date(int(text[:4]), int(text[5:]), 1), text)
    newest = services.last_month(enterprise_ids) or now.date().replace(day=1)
    if newest == now.date().replace(day=1) and newest.month > 1:
        newest = newest.replace(month=newest.month - 1)
    return Asked(kind, newest, f"{newest:%Y-%m}")


@require_safe
def quotas(request: HttpRequest) -> HttpResponse:
    """Go to the account's own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("quotas-enterprise", account.enterprise.code)
    if account.region is None:
        raise Http404("region")
    return redirect("quotas-region", account.region.code)


@require_http_methods(["GET", "HEAD", "POST"])
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show how many products of a region meet which grade, by standard and industry; POST computes what is stale."""
    account = signed_in(request)
    found, now = require_region(account, code), beijing_now()
    enterprises = visible_enterprises(account).filter(region__path__startswith=found.path)
    ids = list(enterprises.values_list("pk", flat=True))
    if request.method == "POST":
        return _refreshed(request, account, ids, now)
    asked = asked_span(request, ids, now)
    rows = services.verdicts(enterprise_ids=ids, kind=asked.kind, month=asked.month)
    listing = verdict_listing(rows, title=_("限额判定") + f" {asked.text}")
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    context = listing_context(listing, request) | _span_context(asked, now) | {
        "region": found, "places": region_places(account, found), "counts": grade_counts(rows),
        "standards": by_standard(rows), "industries": by_industry(rows), "may_compute": account.role == Role.OFFICER,
        "computed_at": services.computed_at(enterprise_ids=ids, year=asked.month.year), "grades": GradeWord.choices,
        "kept_parameters": [("period", asked.text), ("span", str(asked.kind))],
    }  # fmt: skip
    return render(request, "quotas/region.html", context)


def _refreshed(request: HttpRequest, account: Account, ids: list[int], now: datetime) -> HttpResponse:
    if account.role != Role.OFFICER:
        raise PermissionDenied
    year = request.POST.get("year", "")
    wanted = int(year) if re.fullmatch(r"20\d\d", year) else now.year
    made = services.refresh(store=get_store(), enterprise_ids=ids, year=wanted, now=now)
    messages.success(request, _("已重新判定：%(n)d 条有变化，旧的判定保留为旧版本。") % {"n": made})
    return redirect(request.get_full_path())


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show each product against its limits, with the correction steps and the months of the year."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    asked = asked_span(request, [found.pk], now)
    year = asked.month.year
    rows = services.verdicts(enterprise_ids=[found.pk], kind=asked.kind, month=asked.month)
    if wants_workbook(request):
        return workbook_response(verdict_listing(rows, title=found.name), request, now=now)
    ordered = list(rows.order_by("product__code", "pk"))
    months = Verdict.objects.filter(
        enterprise=found, kind=SpanKind.MONTH, is_current=True, month__year=year
    ).defer("detail").order_by("month")  # fmt: skip
    by_series: dict[tuple[int, str], list[Verdict]] = {}
    for row in months:
        by_series.setdefault((row.product_id, row.metric_key), []).append(row)
    blocks = [
        (row, bar(row), trend(by_series.get((row.product_id, row.metric_key), [])) if number < SHOWN_CHARTS else None)
        for number, row in enumerate(ordered)
    ]
    context = _place(account, found) | _span_context(asked, now) | {
        "blocks": blocks, "unjudged": Product.objects.filter(enterprise=found, active=True, quota_product=""),
        "has_products": Product.objects.filter(enterprise=found).exists(),
        "waits": bool(services.stale_enterprises(store=get_store(), enterprise_ids=[found.pk], year=year)),
        "computed_at": services.computed_at(enterprise_ids=[found.pk], year=year),
    }  # fmt: skip
    return render(request, "quotas/enterprise.html", context)


SHOWN_CHARTS = 8
"""Charts on one page; further metrics show their numbers alone."""


@require_safe
def ranking(request: HttpRequest, code: str) -> HttpResponseBase:
    """Rank the enterprises of a region within one product, condition and metric."""
    account = signed_in(request)
    found, now = require_region(account, code), beijing_now()
    ids = list(visible_enterprises(account).filter(region__path__startswith=found.path).values_list("pk", flat=True))
    asked = asked_span(request, ids, now)
    rows = services.verdicts(enterprise_ids=ids, kind=asked.kind, month=asked.month)
    groups = _groups(rows)
    wanted = request.GET.get("product", "")
    of_energy = next((group for group in groups if group["metric_key"] in services.ENERGY_METRICS), None)
    chosen = next((group for group in groups if group["key"] == wanted), of_energy or next(iter(groups), None))
    own = rows.filter(
        quota_product=chosen["quota_product"], quota_condition=chosen["quota_condition"],
        metric_key=chosen["metric_key"], unit=chosen["unit"],
    ) if chosen else rows.none()  # fmt: skip
    title = _("单耗排名") + (f" {chosen['quota_product']} {asked.text}" if chosen else "")
    listing = ranking_listing(list(own), title=title)
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    kept = [("period", asked.text), ("span", str(asked.kind)), ("product", chosen["key"] if chosen else "")]
    context = listing_context(listing, request) | _span_context(asked, now) | {
        "region": found, "places": region_places(account, found), "groups": groups, "chosen": chosen,
        "kept_parameters": kept, "saving": _sum(one.saving_tce for one in listing.rows),
        "total": len(listing.rows),  # type: ignore[arg-type]
        "unverified": any(one.verdict.is_unverified for one in listing.rows),
    }  # fmt: skip
    return render(request, "quotas/ranking.html", context)


def _sum(parts: Iterable[float | None]) -> float | None:
    """Add up what is known; nothing where nothing is."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _groups(rows: QuerySet[Verdict]) -> list[dict[str, Any]]:
    """Give the products, conditions and metrics with verdicts, the most frequent first."""
    found = (
        rows.filter(compared_value__isnull=False).order_by()
        .values("quota_product", "quota_condition", "metric_key", "metric", "unit").annotate(count=Count("pk"))
        .order_by("-count", "quota_product", "quota_condition", "metric_key")
    )  # fmt: skip
    return [
        one | {
            "key": f"{one['quota_product']}|{one['quota_condition']}|{one['metric_key']}",
            "name": metric_name(one["metric_key"], one["metric"]),
        }
        for one in found
    ]  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def benchmarking(request: HttpRequest, code: str) -> HttpResponse:
    """Show where an enterprise's products stand among their peers, nobody named; take the campaign's steps."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    if request.method == "POST":
        if account.role not in MAY_ENTER:
            raise PermissionDenied
        set_flag(actor=Actor.of(request), now=now, enterprise=found, given=request.POST)
        messages.success(request, _("已登记。"))
        return redirect(request.get_full_path())
    asked = asked_span(request, [found.pk], now)
    rows = services.verdicts(enterprise_ids=[found.pk], kind=asked.kind, month=asked.month)
    own = list(rows.filter(compared_value__isnull=False).order_by("product__code", "pk"))
    blocks = [
        (row, peers, spread(peers, row.compared_value or 0.0) if peers else None)
        for row, peers in zip(own, services.peers_of_all(own), strict=True)
    ]
    flags = {flag.product_id: flag for flag in CampaignFlag.objects.filter(
        product__enterprise=found, year=asked.month.year
    )}  # fmt: skip
    products = Product.objects.filter(enterprise=found, active=True).exclude(quota_product="")
    context = _place(account, found) | _span_context(asked, now) | {
        "blocks": blocks, "least": services.LEAST_PEERS, "steps": CampaignStep.choices,
        "campaign": [(product, flags.get(product.pk)) for product in products],
        "may_enter": account.role in MAY_ENTER,
    }  # fmt: skip
    return render(request, "quotas/benchmarking.html", context)


@require_safe
def verdict(request: HttpRequest, verdict_id: int) -> HttpResponse:
    """Show a verdict as it was reached, also one that a later version replaced."""
    account = signed_in(request)
    found = (
        Verdict.objects.filter(pk=verdict_id, enterprise__in=visible_enterprises(account))
        .select_related("enterprise__region", "product").first()
    )  # fmt: skip
    if found is None:
        raise Http404("verdict")
    versions = Verdict.objects.filter(
        product=found.product, kind=found.kind, month=found.month, metric_key=found.metric_key
    ).order_by("-version")  # fmt: skip
    context = _place(account, found.enterprise) | {"verdict": found, "bar": bar(found), "versions": versions}
    return render(request, "quotas/verdict.html", context)


@require_POST
def recompute(request: HttpRequest, code: str) -> HttpResponse:
    """Compute an enterprise's verdicts of a year again, when something changed."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    if account.role not in MAY_ENTER:
        raise PermissionDenied
    year = request.POST.get("year", "")
    wanted = int(year) if re.fullmatch(r"20\d\d", year) else now.year
    made = services.refresh(store=get_store(), enterprise_ids=[found.pk], year=wanted, now=now)
    messages.success(request, _("已重新判定：%(n)d 条有变化，旧的判定保留为旧版本。") % {"n": made})
    return redirect("quotas-enterprise", found.code)


def _span_context(asked: Asked, now: datetime) -> dict[str, Any]:
    """Give what the choice of the span needs; the month under way is marked as such."""
    return {
        "asked": asked, "span_query": "?" + asked.query, "span_kinds": SpanKind.choices,
        "running": asked.month == now.date().replace(day=1),
    }  # fmt: skip


def _place(account: Account, found: Enterprise) -> dict[str, Any]:
    return {"enterprise": found, "places": enterprise_places(account, found), "may_enter": account.role in MAY_ENTER}
