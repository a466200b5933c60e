"""The world that is fuzzed: two provinces in one hub, made by a program in the hub's environment.

``python -m tests.fuzz.world make`` fills an empty hub and prints what a caller must know as JSON; ``… foreign`` prints
a digest of everything that belongs to the other province, which no call may change.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import timedelta
from typing import Any

PASSWORD = "Fuzz-1234-fuzz"
OWN_CITY, WIRE_CITY, FOREIGN_CITY = "370600", "370100", "130100"
SECRET_WORD = "邯山秘厂"
"""In every name of the foreign province; nothing that is sent holds it, so an answer that does has leaked."""
ITEMS = [
    ("00-00-0000-023300-10", "electricity", "02", "3300", 1),
    ("01-00-0000-023300-20", "electricity", "02", "3300", 2),
    ("00-00-0000-010100-10", "raw_coal", "01", "0100", 1),
]


def make() -> dict[str, Any]:
    """Fill an empty hub: enterprises for the wire, for the pages, and foreign ones; tokens, sessions, readings."""
    from django.utils import timezone

    from nenghao.hub.registry.codes import seed_codes

    seed_codes()
    now = timezone.now() - timedelta(minutes=5)
    enterprises = {
        name: _enterprise(f"91FUZZ{number:012}", f"{word}{number}", city, now, profile=profile)
        for number, (name, word, city, profile) in enumerate(
            [
                ("energy", "甲厂", WIRE_CITY, "national"),
                ("sealed", "乙厂", WIRE_CITY, "shandong"),
                ("config", "丙厂", WIRE_CITY, "national"),
                ("page", "丁厂", OWN_CITY, "national"),
                ("foreign", SECRET_WORD, FOREIGN_CITY, "national"),
                ("other", SECRET_WORD, FOREIGN_CITY, "national"),
            ]
        )
    }
    _readings([facts["pk"] for facts in enterprises.values()], now)
    return {
        "enterprises": enterprises,
        "tokens": _tokens(now),
        "session": _session("fuzz-page"),
        "pages": _pages(),
        "operations": _operations(),
    }


def _enterprise(code: str, name: str, city: str, now: Any, *, profile: str) -> dict[str, Any]:
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.registry import configuration, services
    from nenghao.hub.registry.models import Device

    actor = Actor.command("fuzz")
    enterprise = services.create_enterprise(
        actor=actor,
        now=now,
        code=code,
        name=name,
        region=services.find_region(city),
        industry=services.find_industry("C31"),
        check_code=False,
    )
    owner = {"actor": actor, "now": now, "enterprise": enterprise}
    configuration.put_data_items(
        **owner,
        rows=[
            {
                "data_code": data_code,
                "name": f"{name}{energy}",
                "energy_key": energy,
                "class_code": kind,
                "type_code": kind_type,
                "usage_code": data_code[-2:],
                "scope": scope,
                "input_type": 1,
                "stat_types": "0123",
                "realtime_minutes": 15,
                "wire_unit": "kWh" if kind == "02" else "t",
                "base_unit": "kWh" if kind == "02" else "t",
                "wire_to_base": 1.0,
                "counts_in_total": scope == 1,
            }
            for data_code, energy, kind, kind_type, scope in ITEMS
        ],
    )
    configuration.put_meters(**owner, rows=[{"manage_code": "E-1", "name": f"{name}关口表"}])
    device = services.register_device(**owner, name=f"{name}网关", with_secret_key=True)
    services.decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
    Device.objects.filter(pk=device.pk).update(profile=profile)
    return {
        "code": code,
        "name": name,
        "pk": enterprise.pk,
        "device_id": device.device_id,
        "secret_key": device.secret_key,
        "region": city,
        "items": {one.data_code: one.pk for one in enterprise.data_items.all()},  # type: ignore[attr-defined]
    }


def _tokens(now: Any) -> dict[str, str]:
    """Make a token of a province's officer and one of an enterprise."""
    from nenghao.hub.accounts.services import create_account
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.open_api.models import Scope
    from nenghao.hub.open_api.tokens import make_token
    from nenghao.hub.registry.services import find_region

    actor, tokens = Actor.command("fuzz"), {}
    for name, city in (("fuzz-province", "370000"), ("fuzz-page", OWN_CITY), ("fuzz-foreign", FOREIGN_CITY)):
        account = create_account(
            actor=actor, now=now, username=name, password=PASSWORD, role="officer", region=find_region(city)
        )
        made = make_token(actor=actor, now=now, account=account, name=name, scopes=Scope.values, days=30)
        tokens[name] = made.text
    return tokens


def _session(username: str) -> str:
    from django.test import Client

    from nenghao.hub.accounts.models import Account

    client = Client()
    client.force_login(Account.objects.get(username=username))
    return client.cookies["sessionid"].value


def _readings(enterprise_ids: list[int], now: Any) -> None:
    """Two months of day records of every item, before anything is fuzzed."""
    from nenghao.hub.registry.models import DataItem
    from nenghao.hub.store import close_store, get_store
    from nenghao.readings import ReadingBatch

    store = get_store()
    for item in DataItem.objects.filter(enterprise__in=enterprise_ids):
        store.submit(
            ReadingBatch(
                received_at=now,
                enterprise_id=item.enterprise_id,
                data_item_id=[item.pk] * 60,
                stat_type=[1] * 60,
                period_start=[
                    now.replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) - timedelta(days=day + 400)
                    for day in range(60)
                ],
                value=[float(day) for day in range(60)],
                state=[0] * 60,
                input_type=[1] * 60,
            )
        ).result(60)
    close_store()


def _pages() -> list[str]:
    """Give the route of every page: what a person opens, not what a machine calls."""
    from django.urls import get_resolver
    from django.urls.resolvers import URLPattern

    from nenghao.hub.intake.views import wire
    from nenghao.hub.middleware import LEAN_PREFIXES

    def walk(patterns: Any, prefix: str = "") -> Any:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if not isinstance(pattern, URLPattern):
                yield from walk(pattern.url_patterns, route)
            elif pattern.callback is not wire:
                yield route

    lean = tuple(prefix.lstrip("/") for prefix in LEAN_PREFIXES)
    return sorted({route for route in walk(get_resolver().url_patterns) if not f"{route}".startswith(lean)})


def _operations() -> dict[str, Any]:
    """Give the operations that the hub knows: of dialect A by name, of dialect B by path with their fields."""
    from nenghao.hub.intake import views
    from nenghao.hub.yunnan import urls

    found: dict[str, Any] = {"A": sorted(views.OPERATIONS), "B": {}}
    if urls.urlpatterns:
        from nenghao.protocol.yunnan import fields, operations

        for path, operation in operations.OPERATIONS.items():
            found["B"][path] = sorted(fields.message_fields(operation.message))
    return found


def foreign() -> dict[str, str]:
    """Digest everything of the foreign province that only its own people may change."""
    from nenghao.hub.registry import models

    here = {"enterprise__region_id": FOREIGN_CITY}
    rows = {
        "enterprises": models.Enterprise.objects.filter(region_id=FOREIGN_CITY),
        "items": models.DataItem.objects.filter(**here),
        "processes": models.Process.objects.filter(**here),
        "meters": models.Meter.objects.filter(**here),
        "equipment": models.Equipment.objects.filter(**here),
        "devices": models.Device.objects.filter(**here, status="approved"),
    }
    digests = {name: _digest(list(found.order_by("pk").values_list())) for name, found in rows.items()}
    return digests | _foreign_readings(list(rows["items"].values_list("pk", flat=True)))


def _foreign_readings(item_ids: list[int]) -> dict[str, str]:
    import duckdb
    from django.conf import settings

    with duckdb.connect(str(settings.NENGHAO_DATA_DIR / "readings.duckdb"), read_only=True) as store:
        found = store.execute(
            "SELECT * FROM reading WHERE data_item_id IN (SELECT unnest($ids)) ORDER BY version", {"ids": item_ids}
        ).fetchall()
    return {"readings": _digest(found)}


def _digest(rows: list[Any]) -> str:
    return f"{len(rows)}:{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nenghao.hub.settings")
    django.setup()
    print("\n" + json.dumps({"make": make, "foreign": foreign}[sys.argv[1]]()))
