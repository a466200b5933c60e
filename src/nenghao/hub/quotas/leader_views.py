"""Views of the leaders (领跑者)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.listing import PAGE_SIZE, ListColumn, Listing, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import beijing_now
from nenghao.hub.monitoring.words import page_language, unit_word
from nenghao.hub.production.models import Product
from nenghao.hub.quotas import leaders as services
from nenghao.hub.quotas.models import LeaderApplication, LeaderList, LeaderState

WITHDRAWN = str(LeaderState.WITHDRAWN)


@require_http_methods(["GET", "HEAD", "POST"])
def leaders(request: HttpRequest) -> HttpResponseBase:
    """Show applications and published lists of the node; an enterprise applies, an officer publishes."""
    account, now = signed_in(request), beijing_now()
    if request.method == "POST":
        return _posted(request, account)
    year = _year(request.GET.get("year", ""), now.date())
    shown = _visible(account).filter(year=year)
    page = Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page"))
    counts = dict(shown.order_by().values_list("state").annotate(count=Count("pk")))
    lists = _lists(account).filter(year=year)
    if wants_workbook(request):
        return workbook_response(_published(lists, year), request, now=now)
    context: dict[str, Any] = {
        "year": year, "years": [now.year - number for number in range(4)], "lists": lists,
        "applications": [
            (one, services.words_of(one.conditions, page_language()), sum(row["met"] is True for row in one.conditions))
            for one in page.object_list
        ],
        "page": page, "counts": [(label, counts.get(state, 0)) for state, label in LeaderState.choices],
        "may_decide": account.role == Role.OFFICER, "conditions": [
            (one.name(page_language()), one.check) for one in services.conditions()
        ],
        "products": _candidates(account, year, now.date()) if account.enterprise is not None else [],
        "may_apply": account.role == Role.ENERGY_MANAGER,
    }  # fmt: skip
    return render(request, "quotas/leaders.html", context)


def _posted(request: HttpRequest, account: Account) -> HttpResponse:
    """Take an application of an enterprise or the publication of an officer."""
    now, year = beijing_now(), _year(request.POST.get("year", ""), beijing_now().date())
    reason = request.POST.get("reason", "")
    try:
        if account.role == Role.ENERGY_MANAGER and account.enterprise is not None:
            product = request.POST.get("product", "")
            services.apply(
                actor=Actor.of(request), now=now, enterprise=account.enterprise, year=year, statement=reason,
                product_id=int(product) if product.isdecimal() else 0, declared=request.POST.get("declared") == "yes",
            )  # fmt: skip
            messages.success(request, _("已申报，等待核验。"))
        elif account.role == Role.OFFICER and account.region is not None:
            made = services.publish(actor=Actor.of(request), now=now, region=account.region, year=year, reason=reason)
            messages.success(request, _("已公布 %(n)d 项。") % {"n": len(made.rows)})
        else:
            raise PermissionDenied
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect(f"{request.path}?year={year}")


@require_POST
def leader(request: HttpRequest, application_id: int) -> HttpResponse:
    """Take an officer's decision on an application, or the enterprise's withdrawal."""
    account = signed_in(request)
    found = _visible(account).filter(pk=application_id).first()
    if found is None:
        raise Http404("application")
    decision = request.POST.get("decision", "")
    if account.role != (Role.ENERGY_MANAGER if decision == WITHDRAWN else Role.OFFICER):
        raise PermissionDenied
    asked = {"actor": Actor.of(request), "now": beijing_now(), "application": found,
             "reason": request.POST.get("reason", "")}  # fmt: skip
    try:
        if decision == WITHDRAWN:
            services.withdraw(**asked)
            messages.success(request, _("已撤回，该产品可以重新申报。"))
        else:
            services.decide(**asked, passed=decision == "passed")
            messages.success(request, _("已核验。"))
    except NenghaoError as refused:
        messages.error(request, refused.text(page_language()))
    return redirect(f"/quotas/leaders/?year={found.year}")


def _visible(account: Account) -> Any:
    return LeaderApplication.objects.filter(enterprise__in=visible_enterprises(account)).select_related(
        "enterprise__region", "product", "verdict", "listed_in"
    )


def _lists(account: Account) -> Any:
    """Give the lists published for the account's region or by those above it; a list is public by nature."""
    region = account.region or (account.enterprise.region if account.enterprise else None)
    if region is None:
        return LeaderList.objects.none()
    own = Q(region__in=region.ancestor_codes) | Q(region__path__startswith=region.path)
    return LeaderList.objects.filter(own).select_related("region")


def _candidates(account: Account, year: int, today: date) -> list[tuple[Product, Any]]:
    open_ones = LeaderApplication.objects.filter(enterprise=account.enterprise, year=year).exclude(
        state__in=[LeaderState.WITHDRAWN, LeaderState.REJECTED]
    )
    products = Product.objects.filter(enterprise=account.enterprise, active=True).exclude(quota_product="")
    free = list(products.exclude(pk__in=open_ones.values("product")))
    verdicts = services.yearly_verdicts([one.pk for one in free], year, today)
    return [(one, verdicts[one.pk]) for one in free if one.pk in verdicts]


def _published(lists: Any, year: int) -> Listing:
    rows = [_Listed(one, row) for one in lists for row in one.rows]
    columns = [
        ListColumn(_("用能单位"), lambda row: row.row["enterprise"]),
        ListColumn(_("产品"), lambda row: row.row["product"]),
        ListColumn(_("指标"), lambda row: row.row["metric"]),
        ListColumn(_("单耗"), lambda row: row.row["value"], kind="number"),
        ListColumn(_("单位"), lambda row: unit_word(row.row["unit"])),
        ListColumn(_("标准"), lambda row: row.row["standard"]),
        ListColumn(_("等级"), lambda row: row.row["grade"]), ListColumn(_("核验意见"), lambda row: row.row["reason"]),
    ]  # fmt: skip
    return Listing(title=_("领跑者名单") + f" {year}", rows=rows, columns=columns)


class _Listed:
    """One row of a published list."""

    def __init__(self, published: LeaderList, row: dict[str, Any]) -> None:
        self.published, self.row = published, row


def _year(text: str, today: date) -> int:
    return int(text) if text.isdecimal() and 2000 <= int(text) <= today.year else today.year
