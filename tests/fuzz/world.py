"""The world that is fuzzed: two provinces in one hub, made in this process before anything is sent.

:func:`make` fills a hub that has only codes and gives what a caller must know; :func:`foreign` digests everything that
belongs to the other province, which no call may change; :func:`hidden` names what must stand in no answer.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

PASSWORD = "Fuzz-1234-fuzz"
PIN = "246810"
OWN_CITY, WIRE_CITY, FOREIGN_CITY = "370600", "370100", "130100"
DEVICE_ADDRESS = "10.255.255.1"
"""Where the gateways of dialect B are known to be."""
SECRET_WORD = "邯山秘厂"
"""In every name of the foreign province; nothing that is sent holds it, so an answer that does has leaked."""
SPARES = 12
"""Enterprises at which gateways register: each bears twenty that wait for approval."""
ITEMS = [
    ("00-00-0000-023300-10", "electricity", "02", "3300", 1),
    ("01-00-0000-023300-20", "electricity", "02", "3300", 2),
    ("00-00-0000-010100-10", "raw_coal", "01", "0100", 1),
]
PLACES = [
    ("energy", "甲厂", WIRE_CITY, "national"),
    ("sealed", "乙厂", WIRE_CITY, "shandong"),
    ("config", "丙厂", WIRE_CITY, "national"),
    ("page", "丁厂", OWN_CITY, "national"),
    ("signed", "戊厂", WIRE_CITY, "national"),
    ("below", "己厂", WIRE_CITY, "national"),
    ("yunnan", "庚厂", WIRE_CITY, "yunnan"),
    ("tokens", "辛厂", WIRE_CITY, "yunnan"),
    ("foreign", SECRET_WORD, FOREIGN_CITY, "national"),
    ("other", SECRET_WORD, FOREIGN_CITY, "yunnan"),
    *((f"spare{number}", "备厂", WIRE_CITY, "national") for number in range(SPARES)),
]


def make() -> dict[str, Any]:
    """Fill a hub that has only codes: own and foreign enterprises, tokens, a session, readings."""
    from django.utils import timezone

    now = timezone.now() - timedelta(minutes=5)
    enterprises = {
        name: _enterprise(f"91FUZZ{number:012}", f"{word}{number}号", city, now, profile=profile)
        for number, (name, word, city, profile) in enumerate(PLACES)
    }
    for name, facts in enterprises.items():
        if facts["profile"] == "yunnan":
            facts |= _yunnan(facts, now)
        if name == "signed":
            facts["sign_key"] = _sign_key(facts, now)
    _readings([facts["pk"] for facts in enterprises.values()], now)
    return {
        "enterprises": enterprises,
        "platform": _platform(now),
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
    configuration.put_processes(
        **owner, rows=[{"code": code, "name": f"{name}工序{code}"} for code in ("04", "05", "06")]
    )
    device = services.register_device(**owner, name=f"{name}网关", with_secret_key=True)
    services.decide_device(actor=actor, now=now, device_id=device.device_id, status="approved")
    Device.objects.filter(pk=device.pk).update(profile=profile)
    return {
        "code": code,
        "name": name,
        "pk": enterprise.pk,
        "profile": profile,
        "device_id": device.device_id,
        "secret_key": device.secret_key,
        "region": city,
        "items": {one.data_code: one.pk for one in enterprise.data_items.all()},  # type: ignore[attr-defined]
    }


def _yunnan(facts: dict[str, Any], now: Any) -> dict[str, Any]:
    """Make the device one of dialect B: PIN, password, token, an application and a kept record."""
    from nenghao.hub.registry.models import Device
    from nenghao.hub.yunnan.keys import issue_token, pin_digest, working_key
    from nenghao.hub.yunnan.models import Application, KeptRecord
    from nenghao.protocol.yunnan import encrypt_pin

    device = Device.objects.select_related("enterprise").get(device_id=facts["device_id"])
    key = working_key(device.enterprise, now=now)
    password = encrypt_pin(PIN, working_key=key, enterprise_code=facts["code"])
    digest = pin_digest(device.enterprise, password, now=now)
    Device.objects.filter(pk=device.pk).update(source_digest=digest, remote_address=DEVICE_ADDRESS)
    token, _ends = issue_token(device, now=now)
    index = f"index-of-{facts['name']}"
    form = {"cmpName": facts["name"]}
    Application.objects.create(device=device, data_index=index, form=form, applied_at=now, changed_at=now)
    kept = {"kind": "companyContacter", "data_index": f"kept-{facts['name']}", "key": "a", "body": form}
    KeptRecord.objects.create(enterprise=device.enterprise, created_at=now, changed_at=now, **kept)
    return {"token": token, "password": password, "working_key": key, "application": index, "kept": kept["data_index"]}


def _sign_key(facts: dict[str, Any], now: Any) -> str:
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.registry.keys import give_sign_key
    from nenghao.hub.registry.models import Device

    device = Device.objects.get(device_id=facts["device_id"])
    return give_sign_key(actor=Actor.command("fuzz"), now=now, holder=device).sign_key


def _platform(now: Any) -> dict[str, Any]:
    """Make an approved platform of the own province."""
    from nenghao.hub.audit.services import Actor
    from nenghao.hub.chain.platforms import decide_platform, register_platform
    from nenghao.hub.registry.services import find_region

    actor = Actor.command("fuzz")
    made = register_platform(actor=actor, now=now, region=find_region("370000"), name="省平台")
    decide_platform(actor=actor, now=now, platform_id=made.platform_id, status="approved")
    return {"device_id": made.platform_id, "pk": made.pk}


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
    from nenghao.hub.registry.sync import refresh
    from nenghao.hub.store import get_store
    from nenghao.readings import ReadingBatch

    store = get_store()
    refresh()
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
            known = fields.message_fields(operation.message)
            found["B"][path] = {
                "fields": {name: [one.kind, one.length] for name, one in known.items()},
                "needs": sorted(fields.required_names(operation)),
                "takes_token": operation.takes_token,
                "kind": operation.kind,
                "verb": operation.verb,
            }
    return found


def foreign() -> dict[str, str]:
    """Digest everything of the foreign province that only its own people may change."""
    from nenghao.hub.registry import models
    from nenghao.hub.yunnan.models import Application, KeptRecord

    here = {"enterprise__region_id": FOREIGN_CITY}
    rows = {
        "enterprises": models.Enterprise.objects.filter(region_id=FOREIGN_CITY),
        "items": models.DataItem.objects.filter(**here),
        "processes": models.Process.objects.filter(**here),
        "meters": models.Meter.objects.filter(**here),
        "equipment": models.Equipment.objects.filter(**here),
        "devices": models.Device.objects.filter(**here, status="approved"),
        "records": KeptRecord.objects.filter(**here),
        "applications": Application.objects.filter(
            device__enterprise__region_id=FOREIGN_CITY, device__status="approved"
        ),
    }
    digests = {name: _digest(list(found.order_by("pk").values_list())) for name, found in rows.items()}
    return digests | _foreign_readings()


def _foreign_readings() -> dict[str, str]:
    from nenghao.hub.registry.models import DataItem
    from nenghao.hub.store import get_store

    items = list(DataItem.objects.filter(enterprise__region_id=FOREIGN_CITY).values_list("pk", flat=True))
    with get_store().cursor() as cursor:
        found = cursor.execute(
            "SELECT * FROM reading WHERE data_item_id IN (SELECT unnest($ids)) ORDER BY version", {"ids": items}
        ).fetchall()
    return {"readings": _digest(found)}


def hidden(world: dict[str, Any], *own: str, codes: bool = False) -> tuple[bytes, ...]:
    """Give what must stand in no answer to who may see the enterprises ``own``: names, keys, numbers of all others.

    ``codes`` adds their enterprise codes, for callers that cannot have written them into anything of theirs.
    """
    keys = ["name", "device_id", "secret_key", "sign_key", "token", "password", "kept", "application"]
    keys += ["code"] if codes else []
    words = {
        facts[key] for name, facts in world["enterprises"].items() if name not in own for key in keys if facts.get(key)
    } | {SECRET_WORD}
    return tuple(sorted({form.encode() for word in words for form in (word, json.dumps(word)[1:-1])}))


def _digest(rows: list[Any]) -> str:
    return f"{len(rows)}:{hashlib.sha256(repr(rows).encode()).hexdigest()[:16]}"
