"""Pages of indicators: a region's, one indicator's ranking and trend, an enterprise's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nenghao.accounting.indicators import Definition, pooled
from nenghao.hub.accounts.access import signed_in
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import require_enterprise, require_region, visible_enterprises
from nenghao.hub.indicators import services
from nenghao.hub.indicators.frames import Frame
from nenghao.hub.indicators.shown import Line, Ranked, Three, doubt_words, lines, number_or_none, trend_chart
from nenghao.hub.indicators.spans import Compared, chosen
from nenghao.hub.listing import ListColumn, Listing, listing_context, wants_workbook, workbook_response
from nenghao.hub.monitoring.pages import Place, beijing_now, page_context, region_places
from nenghao.hub.monitoring.span import MONTHS_AND_YEARS
from nenghao.hub.monitoring.words import page_language, unit_word
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.store import get_store

SORTED_LAST = 1 << 30


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """Lead everyone to the indicators of the own node."""
    account = signed_in(request)
    if account.enterprise is not None:
        return redirect("indicators-enterprise", account.enterprise.code)
    if account.role == Role.INSTITUTION or account.region is None:
        return redirect("home")
    return redirect("indicators-region", account.region.code)


def _members(account: Account, place: Region) -> QuerySet[Enterprise]:
    return visible_enterprises(account).filter(region__path__startswith=place.path, active=True).order_by("pk")


def _places(account: Account, region: Region, query: str, *more: Place) -> list[Place]:
    return [*region_places(account, region, query, "indicators-region"), *more]


def load(
    definitions: Sequence[Definition], enterprise_ids: Sequence[int], windows: Sequence[tuple[date, date]]
) -> tuple[Frame, Frame]:
    """Load the months of the windows, the earliest first: enterprises, and their products."""
    store = get_store()
    found = [
        services.frames(store=store, definitions=definitions, enterprise_ids=enterprise_ids, start=start, end=end)
        for start, end in windows
    ]
    enterprises, products = (reduce(Frame.before, frames) for frames in zip(*found, strict=True))
    return enterprises, products


def _all_rows(loaded: tuple[Any, Any]) -> dict[str, Any]:
    return {"enterprise": np.arange(len(loaded[0].subjects)), "product": np.arange(len(loaded[1].subjects))}


@require_safe
def region(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show every indicator of a region; those of products by how many could be told."""
    account, now = signed_in(request), beijing_now()
    place = require_region(account, code)
    span = chosen(request.GET.get("period", ""), now)
    compared, ids = Compared.of(span, now), list(_members(account, place).values_list("pk", flat=True))
    definitions = services.definitions_for(place.path)
    loaded = load(definitions, ids, compared.windows)
    found = lines(definitions, Three.of(definitions, loaded, compared), compared, _all_rows(loaded))
    query = f"?period={span.text}"
    listing = _lines_listing(found, _("监测指标"))
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    context = {
        "region": place,
        "lines": [(line, reverse("indicator", args=[code, line.definition.key]) + query) for line in found],
        "members": len(ids), "compared": compared, "may_define": account.role == Role.OFFICER,
    }  # fmt: skip
    return render(
        request,
        "indicators/region.html",
        page_context(request, span, _places(account, place, query), MONTHS_AND_YEARS) | context,
    )


def _lines_listing(found: Sequence[Line], title: str) -> Listing:
    return Listing(
        title=title,
        rows=found,
        columns=(
            ListColumn(_("指标"), lambda row: row.title),
            ListColumn(_("单位"), lambda row: unit_word(row.definition.unit)),
            ListColumn(_("本期"), lambda row: row.now.value, kind="number"),
            ListColumn(_("上期"), lambda row: row.before.value, kind="number"),
            ListColumn(_("上年同期"), lambda row: row.year_ago.value, kind="number"),
            ListColumn(_("可计算数"), lambda row: row.now.counted, kind="integer"),
            ListColumn(_("总数"), lambda row: row.now.members, kind="integer"),
            ListColumn(_("公式"), lambda row: row.formula), ListColumn(_("来源"), lambda row: row.definition.source),
        ),
    )  # fmt: skip


@require_safe
def enterprise(request: HttpRequest, code: str) -> HttpResponseBase:
    """Show every indicator of an enterprise, and of each of its products."""
    account, now = signed_in(request), beijing_now()
    member = require_enterprise(account, code)
    span = chosen(request.GET.get("period", ""), now)
    compared = Compared.of(span, now)
    definitions = services.definitions_for(member.region.path)
    loaded = load(definitions, [member.pk], compared.windows)
    three = Three.of(definitions, loaded, compared)
    of_plant = [one for one in definitions if one.subject == "enterprise"]
    of_product = [one for one in definitions if one.subject == "product"]
    found = lines(of_plant, three, compared, _all_rows(loaded))
    names = dict(Product.objects.filter(pk__in=loaded[1].subjects).values_list("pk", "name"))
    for row, product in enumerate(loaded[1].subjects):
        own = {"product": np.array([row]), "enterprise": np.array([0])}
        found += [replace(one, name=names[product]) for one in lines(of_product, three, compared, own)]
    if wants_workbook(request):
        return workbook_response(_lines_listing(found, _("监测指标")), request, now=timezone.now())
    query = f"?period={span.text}"
    places = _places(account, member.region, query,
                     Place(member.name, reverse("indicators-enterprise", args=[member.code]) + query))  # fmt: skip
    context = {"enterprise": member, "lines": [(line, "") for line in found], "compared": compared}
    return render(
        request, "indicators/enterprise.html", page_context(request, span, places, MONTHS_AND_YEARS) | context
    )


@require_safe
def indicator(request: HttpRequest, code: str, indicator: str) -> HttpResponseBase:
    """Show one indicator of a region: trend, sub-regions, industries, ranking."""
    account, now = signed_in(request), beijing_now()
    place = require_region(account, code)
    definition = services.definition_for(place.path, indicator)
    if definition is None:
        raise Http404("indicator")
    span = chosen(request.GET.get("period", ""), now)
    compared, members = Compared.of(span, now), list(_members(account, place).select_related("region", "industry"))
    loaded = load([definition], [one.pk for one in members], [(compared.load_from, compared.end)])
    three = Three.of([definition], loaded, compared)
    ranked = _ranking(definition, three, compared, members)
    listing = _ranking_listing(definition, ranked)
    if wants_workbook(request):
        return workbook_response(listing, request, now=timezone.now())
    rows = _all_rows(loaded)
    query = f"?period={span.text}"
    poolable = definition.subject == "enterprise"
    context = {
        "region": place, "definition": definition, "line": lines([definition], three, compared, rows)[0],
        "chart": trend_chart(definition, loaded, compared, rows[definition.subject]) if poolable else None,
        "groups": _groups(definition, three, members, place) if poolable else [], "poolable": poolable,
    }  # fmt: skip
    places = _places(account, place, query, Place(definition.title(page_language()), request.path + query))
    return render(
        request, "indicators/indicator.html",
        page_context(request, span, places, MONTHS_AND_YEARS) | listing_context(listing, request) | context,
    )  # fmt: skip


def _ranking(definition: Definition, three: Three, compared: Compared, members: Sequence[Enterprise]) -> list[Ranked]:
    frame = three.now.frame(definition)
    now, before = three.now.by_key[definition.key], three.before.by_key[definition.key]
    doubts = three.now.unverified(definition, compared.now(frame))
    words = doubt_words(three.now.estimated_years(definition, compared.now(frame)))
    by_id = {one.pk: one for one in members}
    names = (
        dict(Product.objects.filter(pk__in=frame.subjects).values_list("pk", "name"))
        if definition.subject == "product" else {}
    )  # fmt: skip
    order = np.argsort(-now.value if definition.better == "higher" else now.value, kind="stable")
    ranks = {int(row): place + 1 for place, row in enumerate(order) if not np.isnan(now.value[row])}
    found = []
    for row, subject in enumerate(frame.subjects):
        owner = by_id[int(frame.owners[row])]
        name = f"{owner.name} · {names[subject]}" if names else owner.name
        found.append(
            Ranked(
                ranks.get(row), name, owner.code, owner.region.name, owner.industry.name,
                number_or_none(now.value[row]), number_or_none(before.value[row]), number_or_none(now.numerator[row]),
                number_or_none(now.denominator[row]), bool(doubts[row]), owner.is_simulated, words,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: one.rank or SORTED_LAST)


def _ranking_listing(definition: Definition, ranked: Sequence[Ranked]) -> Listing:
    return Listing(
        title=definition.title(page_language()),
        rows=ranked,
        search=("name", "code", "region", "industry"),
        notes={_("公式"): definition.formula(page_language())},
        columns=(
            ListColumn(_("名次"), lambda row: row.rank, kind="integer", order="rank"),
            ListColumn(_("用能单位"), lambda row: row.name, order="name", template="indicators/name_cell.html"),
            ListColumn(_("地区"), lambda row: row.region, order="region"),
            ListColumn(_("行业"), lambda row: row.industry, order="industry"),
            ListColumn(
                _("本期"), lambda row: row.value, kind="number", unit=definition.unit, order="value",
                template="indicators/value_cell.html",
            ),
            ListColumn(_("上期"), lambda row: row.before, kind="number", unit=definition.unit, order="before"),
            ListColumn(_("变化 [%]"), lambda row: row.change, kind="number", order="change"),
            ListColumn(_("分子"), lambda row: row.numerator, kind="number", export_only=True),
            ListColumn(_("分母"), lambda row: row.denominator, kind="number", export_only=True),
        ),
    )  # fmt: skip


def _groups(
    definition: Definition, three: Three, members: Sequence[Enterprise], place: Region
) -> list[tuple[str, list[tuple[str, Any, Any]]]]:
    """Give the indicator by region just below and by industry: name, now, before."""
    row_of = {subject: row for row, subject in enumerate(three.now.enterprises.subjects)}
    below: dict[str, list[int]] = {}
    industries: dict[str, list[int]] = {}
    children = list(Region.objects.filter(parent=place).order_by("code"))
    for one in members:
        industries.setdefault(one.industry.name, []).append(row_of[one.pk])
        child = next((region for region in children if one.region.path.startswith(region.path)), None)
        if child is not None:
            below.setdefault(child.name, []).append(row_of[one.pk])
    now, before = (values.by_key[definition.key] for values in (three.now, three.before))

    def lines_of(groups: dict[str, list[int]]) -> list[tuple[str, Any, Any]]:
        found = ((name, np.array(rows)) for name, rows in groups.items())
        return [(name, pooled(definition, now, rows), pooled(definition, before, rows)) for name, rows in found]

    titled = ((_("下级地区"), below), (_("行业"), industries))
    return [(title, lines_of(groups)) for title, groups in titled if groups]
