"""Views of production: parse and authorise, call a service, render."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, visible_enterprises
from nenghao.hub.audit.services import Actor
from nenghao.hub.evidence.entry import withdraw
from nenghao.hub.listing import listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, enterprise_places, region_places
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.production.entry import (
    OUTPUTS,
    GridEntered,
    enter_economics,
    enter_outputs,
    file_output,
    months_of,
    typed_cells,
)
from nenghao.hub.production.grid import economic_lines, output_lines, price_year_of
from nenghao.hub.production.listings import product_listing, standard_in_force
from nenghao.hub.production.models import Product, ProductOutput
from nenghao.hub.production.parameters import asked_of, shown
from nenghao.hub.production.products import SHOWN, ProductForm, save_product, standard_rows
from nenghao.hub.registry.models import Enterprise
from nenghao.hub.store import get_store

MAY_ENTER = (Role.ENERGY_MANAGER, Role.OFFICER)
"""The enterprise itself and the officers of its chain; the node is checked by ``require_enterprise``."""
NEW = "new"
FIRST_YEAR = 2000


@require_safe
def production(request: HttpRequest) -> HttpResponseBase:
    """Show the products of the account's node; an enterprise goes to its own page."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("production-enterprise", account.enterprise.code)
    now = beijing_now()
    listing = product_listing(visible_enterprises(account), now.date())
    if wants_workbook(request):
        return workbook_response(listing, request, now=now)
    places = region_places(account, account.region) if account.region else []
    return render(request, "production/products.html", listing_context(listing, request) | {"places": places})


@require_http_methods(["GET", "HEAD", "POST"])
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show a year of outputs and economic figures, and take what is typed into them."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    year = _year(request, now.year)
    months = months_of(year, now.date())
    bad: dict[str, str] = {}
    if request.method == "POST":
        _require_entry(account)
        done = _entered(request, found, months)
        bad = dict(done.bad)
        if not bad:
            messages.success(request, _said(done))
            return redirect(f"{request.path}?year={year}")
        messages.error(request, _("%(n)d 格不是合适的数，没有写入，请改正；其余已保存。") % {"n": len(bad)})
    products = list(Product.objects.filter(enterprise=found).order_by("code"))
    context = _place(account, found) | {
        "year": year, "months": months, "years": [n for n in range(now.year, now.year - 4, -1)],
        "outputs": output_lines(get_store(), found, months, bad), "economics": economic_lines(found, months, bad),
        "price_year": price_year_of(found) or now.year - 1,
        "products": [(product, standard_in_force(product, now.date())) for product in products],
    }  # fmt: skip
    return render(request, "production/enterprise.html", context, status=400 if bad else 200)


def _entered(request: HttpRequest, found: Enterprise, months: list[date]) -> GridEntered:
    """Enter the grid that was sent."""
    actor, now, reason = Actor.of(request), beijing_now(), request.POST.get("reason", "").strip()[:200]
    if request.POST.get("form") == "economics":
        cells = {(row, month): typed for row, month, typed in typed_cells(request.POST, "e", months)}
        text = request.POST.get("price_year", "")
        year = int(text) if re.fullmatch(r"(19|20)\d\d", text) else None
        return enter_economics(actor=actor, now=now, enterprise=found, cells=cells, price_year=year, reason=reason)
    typed_outputs = {
        (int(row), month): typed for row, month, typed in typed_cells(request.POST, "o", months) if row.isdecimal()
    }
    return enter_outputs(actor=actor, now=now, enterprise=found, cells=typed_outputs, reason=reason)


def _said(done: GridEntered) -> str:
    counts = {"created": done.entered.created, "changed": done.entered.changed}
    if not any(counts.values()):
        return _("与现有记录相同，没有变化。")
    return _("已保存：新增 %(created)d 格，更新 %(changed)d 格，原记录保留为旧版本。") % counts


@require_http_methods(["GET", "HEAD", "POST"])
def product(request: HttpRequest, code: str, product_code: str) -> HttpResponse:
    """Show a product with the rows of the standards to choose from; take a new or changed one."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    own = None if product_code == NEW else _own(found, product_code)
    form = ProductForm(
        request.POST if request.method == "POST" else None, enterprise=found, product=own, today=now.date()
    )
    if request.method == "POST":
        _require_entry(account)
        if form.is_valid():
            saved = save_product(actor=Actor.of(request), now=now, enterprise=found, product=own, facts=form.facts())
            messages.success(request, _("产品已保存。"))
            return redirect("product", found.code, saved.code)
    words = request.GET.get("q", own.quota_product if own and own.quota_product else "")
    rows = standard_rows(now.date(), words)
    chosen = form["standard"].value() or ""
    context = _place(account, found) | {
        "form": form, "product": own, "rows": rows[:SHOWN], "found": len(rows), "shown": SHOWN, "q": words,
        "chosen_listed": any(row.key == chosen for row in rows[:SHOWN]),
        "chosen": chosen, "chosen_words": chosen.replace("|", " · ").strip(" ·"),
        "asked": asked_of(own, now.date()) if own else [], "months": months_of(now.year, now.date())[::-1],
        "title": own.name if own else _("新增产品"),
    }  # fmt: skip
    return render(request, "production/product.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def output(request: HttpRequest, code: str, product_code: str, period: str) -> HttpResponse:
    """Show one month of a product with its correction parameters and versions; take a change or a withdrawal."""
    account = signed_in(request)
    found, now = require_enterprise(account, code), beijing_now()
    own, month = _own(found, product_code), _month(period, now.date())
    errors: dict[str, str] = {}
    if request.method == "POST":
        _require_entry(account)
        errors = _filed(request, own, month)
        if not errors:
            return redirect("product-output", code, product_code, period)
    versions = list(ProductOutput.objects.filter(product=own, month=month).order_by("-version"))
    current = next((row for row in versions if row.is_current and not row.withdrawn), None)
    asked = asked_of(own, month)
    parameters: dict[str, Any] = dict(current.parameters) if current else {}
    if errors:
        parameters |= {one.name: request.POST.get(one.name, "") for one in asked}
    context = _place(account, found) | {
        "product": own, "month": month, "current": current, "versions": versions, "errors": errors,
        "fields": [(one, value, errors.get(one.name, "")) for one, value in shown(parameters, asked)],
        "quantity": request.POST.get("quantity", "") if errors else (current.quantity if current else ""),
        "uploaded": _uploaded(found, own, month) if own.data_item_id else None,  # type: ignore[attr-defined]
        "standard": standard_in_force(own, month), "title": f"{own.name} · {month:%Y-%m}",
    }  # fmt: skip
    return render(request, "production/output.html", context, status=400 if errors else 200)


def _filed(request: HttpRequest, own: Product, month: date) -> dict[str, str]:
    """File or withdraw; give what could not be read, by field."""
    actor, now, reason = Actor.of(request), beijing_now(), request.POST.get("reason", "").strip()[:200]
    if request.POST.get("form") == "withdraw":
        row = request.POST.get("row", "")
        try:
            withdraw(actor=actor, now=now, enterprise=own.enterprise, ledger=OUTPUTS, reason=reason,
                     row_id=int(row) if row.isdecimal() else 0)  # fmt: skip
        except NenghaoError as refused:
            messages.error(request, refused.text(page_language()))
        else:
            messages.success(request, _("已撤回，原记录保留在历史版本中。"))
        return {}
    errors, parameters = {}, {}
    for one in asked_of(own, month):
        if typed := request.POST.get(one.name, "").strip():
            try:
                parameters[one.name] = one.parse(typed)
            except NenghaoError as error:
                errors[one.name] = error.text(page_language())
    try:
        quantity = float(request.POST.get("quantity", "").replace(",", ""))
    except ValueError:
        quantity = -1.0
    if not 0 <= quantity < 1e15:
        errors["quantity"] = _("填不小于 0 的数")
    if not errors:
        file_output(actor=actor, now=now, product=own, month=month, quantity=quantity, parameters=parameters,
                    document=request.POST.get("document", "").strip()[:200], reason=reason)  # fmt: skip
        messages.success(request, _("已保存。"))
    return errors


def _uploaded(found: Enterprise, own: Product, month: date) -> float | None:
    lines = output_lines(get_store(), found, [month], {})
    cell = next(line.cells[0] for line in lines if line.product == own) if own.active else None
    return float(cell.uploaded) if cell is not None and cell.uploaded else None


def _own(found: Enterprise, code: str) -> Product:
    own = Product.objects.filter(enterprise=found, code=code).first()
    if own is None:
        raise Http404("product")
    return own


def _month(period: str, today: date) -> date:
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", period) is None:
        raise Http404("month")
    month = date(int(period[:4]), int(period[5:]), 1)
    if month > today:
        raise Http404("month")
    return month


def _year(request: HttpRequest, this_year: int) -> int:
    text = request.GET.get("year", "")
    return int(text) if text.isdecimal() and FIRST_YEAR <= int(text) <= this_year else this_year


def _place(account: Account, found: Enterprise) -> dict[str, Any]:
    places = enterprise_places(account, found)
    return {
        "enterprise": found, "places": [*places[:-1], Place(found.name, places[-1].url)],
        "may_enter": account.role in MAY_ENTER,
    }  # fmt: skip


def _require_entry(account: Account) -> None:
    if account.role not in MAY_ENTER:
        raise PermissionDenied
