"""Finds every page of the hub by its URL names and fills in keys of the province; run in the platform's environment.

A page that is added later is found without touching this module, as long as its parameters are among those known.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def named_routes(patterns: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the name and route of every page."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from named_routes(pattern.url_patterns, route)
        elif pattern.name:
            yield pattern.name, route


def filled(route: str, known: dict[str, Any]) -> str | None:
    """Put keys into a route; nothing when it has a parameter that is not known.

    >>> filled("enterprises/<str:code>/", {"code": "91"}), filled("x/<int:other>/", {})
    ('/enterprises/91/', None)
    """
    if any(name not in known for name in _PARAMETER.findall(route)):
        return None
    return "/" + _PARAMETER.sub(lambda found: str(known[found[1]]), route)


def addresses() -> dict[str, str]:
    """Give the address of every page by its name, for one enterprise of the province and what belongs to it."""
    from django.urls import get_resolver  # noqa: PLC0415

    from nenghao.hub.middleware import LEAN_PATHS, LEAN_PREFIXES, OPEN_NAMES  # noqa: PLC0415

    lean = tuple(prefix.lstrip("/") for prefix in (*LEAN_PREFIXES, *LEAN_PATHS))
    known = _keys()
    found: dict[str, str] = {}
    for name, route in named_routes(get_resolver().url_patterns):
        own = known | ({"code": known["region_code"]} if "regions/" in route else {})
        own |= {"period": known["closed_month"]} if "closing" in route else {}
        address = filled(route, own)
        if address is not None and not route.startswith(lean) and name not in OPEN_NAMES:
            found[name] = address + _QUERIES.get(name, "").format(**own)
    return found


_QUERIES = {
    "registry-table": "?outdated=possible",
    "quality-interval": "?at={day}T00:00&stat_type=1",
    "correction-new": "?item={data_code}&stat_type=1&from={day}T00:00&to={next_day}T00:00",
}


def _keys() -> dict[str, Any]:
    """Give a key for every parameter that pages have: the first enterprise's, else the first there is."""
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    from nenghao.cli.demo.province.truth import read_truth  # noqa: PLC0415
    from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter  # noqa: PLC0415

    facts, _faults = read_truth(Path(settings.NENGHAO_DATA_DIR))
    day = date.fromisoformat(facts["last_day"]) - timedelta(days=2)
    enterprise = Enterprise.objects.order_by("pk").first()
    item = DataItem.objects.filter(enterprise=enterprise).order_by("pk").first()
    meter = Meter.objects.filter(enterprise=enterprise).order_by("pk").first()
    device = Device.objects.filter(enterprise=enterprise).order_by("pk").first()
    assert enterprise
    assert item
    assert meter
    assert device
    keys = {
        "code": enterprise.code, "enterprise_code": enterprise.code, "region_code": facts["province"],
        "data_code": item.data_code, "item_id": item.pk, "energy_key": item.energy_key,
        "manage_code": meter.manage_code, "device_id": device.device_id, "username": "manager", "batch_id": 1,
        "period": f"{day:%Y-%m}", "day": day, "next_day": day + timedelta(days=1), "ledger": "figures",
        "table": "equipment", "key": "provincial", "check_code": "plant-against-processes", "kind": "docx",
        "product_code": "P1", "indicator": "energy-per-output-value", "closed_month": _closed_month() or f"{day:%Y-%m}",
    }  # fmt: skip
    models = {
        "correction_id": ("corrections", "Correction"), "case_id": ("credit", "CreditCase"),
        "export_id": ("credit", "CreditExport"), "document_id": ("bulletins", "QuarterlyDocument"),
        "report_id": ("analysis", "SituationReport"), "filing_id": ("statements", "Filing"),
        "edition_id": ("quality_rules", "Edition"), "ticket_id": ("access_progress", "FaultTicket"),
        "verdict_id": ("quotas", "Verdict"), "application_id": ("quotas", "LeaderApplication"),
        "plan_id": ("targets", "Plan"), "round_id": ("targets", "AssessmentRound"),
        "figure_id": ("targets", "RegionStatistic"),
        "exemption_id": ("access_progress", "Exemption"), "acceptance_id": ("access_progress", "Acceptance"),
    }  # fmt: skip
    for name, (app, model) in models.items():
        first = apps.get_model(app, model)._default_manager.order_by("pk").values_list("pk", flat=True).first()
        if first is not None:
            keys[name] = first
    return keys


def _closed_month() -> str:
    from nenghao.hub.corrections.models import ClosedMonth  # noqa: PLC0415

    month = ClosedMonth.objects.values_list("month", flat=True).first()
    return f"{month:%Y-%m}" if month else ""


def main() -> None:
    """Print the addresses as JSON."""
    import django  # noqa: PLC0415 - only this program needs it

    django.setup()
    json.dump(addresses(), sys.stdout)


if __name__ == "__main__":
    main()
