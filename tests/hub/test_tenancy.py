"""No account sees anything of a node that is not its own: every address of the hub is walked, present and future."""

from __future__ import annotations

import html
import io
import re
import zipfile
from itertools import product

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from nenghao.hub.accounts.services import require_enterprise, visible_accounts, visible_enterprises, visible_regions
from nenghao.hub.middleware import LEAN_PATHS, LEAN_PREFIXES
from nenghao.hub.targets.models import Assessment, RegionStatistic


def walk(patterns, prefix=""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route, pattern.name
        else:
            yield from walk(pattern.url_patterns, route)


WIRE = tuple(prefix.lstrip("/") for prefix in (*LEAN_PREFIXES, *LEAN_PATHS) if prefix != "/health")
ROUTES = sorted(route for route, _name in walk(get_resolver().url_patterns) if not route.startswith(WIRE))
TOGETHER = [ROUTES[at : at + 12] for at in range(0, len(ROUTES), 12)]
"""Routes that share one pair of cities: making the two takes longer than asking."""

OF_ONE_NODE = tuple(f"{start}/<" for start in (
    "enterprises", "regions", "devices", "accounts", "uploads", "rules", "access/enterprises", "access/tickets",
    "access/acceptance", "access/settings", "access/organisation", "statements", "accounts-of-energy/enterprises",
    "accounts-of-energy/regions",
))  # fmt: skip
"""Addresses of something that belongs to one node: for another node they are refused, not merely empty."""


OF_REGIONS = [route for route in ROUTES if route.startswith("assessments/<")]
"""Routes that lead to assessments of regions as well as to those of enterprises."""


def fill(route, place, **others):
    """Put another node's keys into a route; a parameter this test does not know must be taught to it.

    ``others`` are keys of another thing of the same node that the route may lead to.
    """
    known = {
        "code": place.enterprise.region_id if "regions/" in route else place.enterprise.code,
        "region_code": place.enterprise.region_id, "enterprise_code": place.enterprise.code,
        "manage_code": "E-1", "ledger": "figures",
        "device_id": place.device.device_id, "username": place.manager.username, "table": "data-items",
        "batch_id": place.batch_id, "energy_key": "electricity", "day": "2026-03-04", "period": "2026-03",
        "data_code": "00-00-0000-023300-10", "check_code": "plant-against-processes",
        "item_id": place.enterprise.data_items.get().pk,
        "correction_id": place.correction.pk, "equipment_id": 1,
        "product_code": "P1", "verdict_id": 1, "application_id": 1,
        "case_id": 1, "export_id": 1, "action": "dropped", "document_id": 1, "report_id": 1, "kind": "docx",
        "platform_id": place.platform.platform_id, "upstream_id": place.upstream.pk,
        "link_key": f"up-{place.upstream.pk}",
        "data_index": "0" * 32, "field": "license",
        "indicator": "energy-per-output-value", "edition_id": place.edition.pk,
        "figure_id": RegionStatistic.objects.get(region=place.enterprise.region).pk,
        "trial_id": 1, "key": "provincial", "token_id": 1, "feedback_id": 1,
        "plan_id": place.plan.pk, "round_id": place.round.pk,
        "filing_id": place.filing.pk, "section_key": "energy", "row_id": "1",
        **access_keys(place), **others,
    }  # fmt: skip
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found[1]]), route)


def access_keys(place):
    """Give keys of a ticket, an exemption and an acceptance of the enterprise."""
    own = place.enterprise
    return {
        "ticket_id": own.fault_tickets.get().pk, "exemption_id": own.access_exemptions.get().pk,
        "acceptance_id": own.acceptances.get().pk,
    }  # fmt: skip


def text_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist())
    return html.unescape(body.decode("utf-8", errors="replace"))  # workbooks write Chinese as character references


def assert_nothing_of(place, response, route):
    text = text_of(response).replace(response.request["PATH_INFO"], "")  # what was asked for may be repeated
    if route.startswith(OF_ONE_NODE):
        assert response.status_code in (400, 403, 404, 405), (route, response.status_code)
    for word in place.words:
        assert word not in text, (route, word)


@pytest.mark.parametrize("routes", TOGETHER, ids=lambda routes: routes[0])
def test_nothing_of_another_city_is_shown(routes, yantai, jinan, browse, account):
    others = [jinan.officer, jinan.manager, account("institution", "370600"), account("operator", "370100")]
    for route, other, query in product(routes, others, ("", "?format=xlsx")):
        assert_nothing_of(yantai, browse(other).get(fill(route, yantai) + query), route)


@pytest.mark.parametrize("routes", TOGETHER, ids=lambda routes: routes[0])
def test_nothing_of_another_city_can_be_changed(routes, yantai, jinan, browse):
    for route, other in product(routes, (jinan.officer, jinan.manager)):
        answer = browse(other).post(fill(route, yantai), {"status": "approved", "active": "0", "reason": "x"})
        assert_nothing_of(yantai, answer, route)
        yantai.device.refresh_from_db()
        yantai.manager.refresh_from_db()
        assert yantai.device.status == "pending", route
        assert yantai.manager.is_active, route


def test_nothing_of_an_assessment_of_another_citys_counties_is_shown_or_changed(yantai, jinan, browse, account):
    found = Assessment.objects.filter(region__parent=yantai.enterprise.region).select_related("round").first()
    keys = {"round_id": found.round_id, "code": found.region_id}
    others = [jinan.officer, yantai.manager, account("institution", "370600"), account("operator", "370100")]
    for route, other, action in product(OF_REGIONS, others, ("submit", "confirm", "fill")):
        address = fill(route, yantai, **keys, action=action)
        for answer in (browse(other).get(f"{address}?format=xlsx"), browse(other).post(address, {"note": "x"})):
            assert answer.status_code in (403, 404, 405), (address, answer.status_code)
            assert found.round.title not in text_of(answer)
    found.refresh_from_db()
    assert (found.state, found.changed_by, found.round.state) == ("self", "", "open")


@pytest.mark.parametrize("routes", TOGETHER, ids=lambda routes: routes[0])
def test_nothing_is_shown_without_signing_in(routes, yantai, client):
    for route in routes:
        answer = client.get(fill(route, yantai))
        if route not in ("health", "sign-in/", "language/"):
            assert answer.status_code == 302, route
            assert answer["Location"].startswith("/sign-in/"), route
        assert yantai.words[0] not in text_of(answer), route


@pytest.mark.parametrize("route", ["devices/", "accounts/", "uploads/", "enterprises/<str:code>/registry/"])
@pytest.mark.parametrize("query", ["", "?format=xlsx"])
def test_own_city_is_shown(route, query, yantai, browse):
    answer = browse(yantai.officer).get(fill(route, yantai) + query)
    assert answer.status_code == 200
    assert "芝罘" in text_of(answer)


def test_province_sees_its_cities_and_not_another_province(yantai, jinan, account):
    shandong, hebei = account("officer", "370000"), account("officer", "130000")
    assert {e.code for e in visible_enterprises(shandong)} == {yantai.enterprise.code, jinan.enterprise.code}
    assert not visible_enterprises(hebei)
    assert {a.username for a in visible_accounts(jinan.officer)} == {"officer370100", "manager370100"}


def test_enterprise_sees_itself_and_no_region(yantai, jinan):
    assert list(visible_enterprises(yantai.manager)) == [yantai.enterprise]
    assert not visible_regions(yantai.manager)
    assert require_enterprise(yantai.manager, yantai.enterprise.code) == yantai.enterprise


def test_county_officer_sees_its_county(yantai, account):
    officer = account("officer", "370602")
    assert not visible_enterprises(officer)
    assert {region.code for region in visible_regions(officer)} == {"370602"}
