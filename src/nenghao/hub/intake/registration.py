"""``register``, ``versionCheck``, ``downloadBaseData``: the identity, the addresses, the codes."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Any

import msgspec
from django.conf import settings
from django.db import IntegrityError

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.receiving import platform_versions
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.identity import hand_out, require_same_gateway
from nenghao.hub.registry.models import Device, Enterprise
from nenghao.hub.registry.services import register_device
from nenghao.protocol import (
    MessageError,
    Profile,
    RegisterAnswer,
    VersionAnswer,
    decode_object,
    listed,
    refuse,
    required_text,
)
from nenghao.protocol.messages import RECEIVED, SUCCESS
from nenghao.reference import library

_REGION = re.compile(r"\d{6}", re.ASCII)
_ENTERPRISE_CODE = re.compile(
    r"[0-9A-Za-z]{1,18}", re.ASCII
)  # anything else is no code, and some texts no database takes


def register(call: Call) -> RegisterAnswer:
    """Give a gateway of a known enterprise its identity; it waits for an officer's approval.

    The same gateway (the same ``clientId``, else for a while the same address) gets the same identity again.
    """
    limit = settings.NENGHAO_REGISTRATIONS_PER_MINUTE
    if not call.snapshot.registrations.allows(call.remote_address, limit):
        raise MessageError(refuse("too-many-registrations", more=limit))
    message = decode_object(call.body)
    code, region = required_text(message, "enterpriseCode"), required_text(message, "region")
    if not _REGION.fullmatch(region):
        raise MessageError(refuse("region-malformed", field="region", value=region))
    known = _ENTERPRISE_CODE.fullmatch(code) and Enterprise.objects.filter(code=code, active=True).first()
    if not known:
        raise MessageError(refuse("enterprise-unknown", field="enterpriseCode", value=code))
    call.enterprise_pk = known.pk
    client_id = required_text(message, "clientId") if message.get("clientId") else ""
    device = _device_of(call, known, client_id)
    call.device_pk = device.pk
    call.log(SUCCESS, RECEIVED)
    answer = _registration(call.base_url(), device)
    return hand_out(call, device, answer, client_id=client_id, signing=message.get("signing"))


def version_check(call: Call) -> VersionAnswer:
    """Tell the versions of the device's registration and of the dictionaries."""
    sender = call.sender(required_text(decode_object(call.body), "deviceId"))
    if sender.platform_pk is not None:
        return platform_versions(call, sender.platform_pk)
    device = Device.objects.get(pk=sender.device_pk)
    call.log(SUCCESS, RECEIVED)
    return VersionAnswer(
        response_code=SUCCESS, response_message=RECEIVED, reg_version=reg_version(call.base_url(), device),
        dic_version=library().dictionary_version, dic_versions=library().dictionary_versions,
    )  # fmt: skip


def download_base_data(call: Call) -> dict[str, Any]:
    """Hand out the dictionaries; the envelope is ours, since the official one is not known."""
    message = decode_object(call.body)
    call.sender(required_text(message, "deviceId"))
    names = _wanted(message)
    call.log(SUCCESS, RECEIVED)
    texts = _dictionary_texts()
    return {
        "responseCode": SUCCESS, "responseMessage": RECEIVED, "dicVersion": library().dictionary_version,
        "dicVersions": library().dictionary_versions,
        "data": {"version": library().dictionary_version, **{name: texts[name] for name in names}},
    }  # fmt: skip


def _wanted(message: dict[str, Any]) -> list[str]:
    """Give the dictionaries that a gateway asks for and does not have in the version of today."""
    versions = library().dictionary_versions
    asked = listed(message, "dictionaries") or list(versions)
    unknown = next((name for name in asked if not isinstance(name, str) or name not in versions), None)
    if unknown is not None:
        raise MessageError(refuse("dictionary-unknown", field="dictionaries", value=unknown, more="、".join(versions)))
    known = message.get("versions")
    held = known if isinstance(known, dict) else {}
    return [name for name in versions if name in asked and held.get(name) != versions[name]]


@cache
def _dictionary_texts() -> dict[str, msgspec.Raw]:
    """Give every dictionary as JSON, written once: thousands of gateways fetch the same on the same day."""
    content = library().dictionary()
    return {name: msgspec.Raw(msgspec.json.encode(content[name])) for name in library().dictionary_versions}


def _device_of(call: Call, enterprise: Enterprise, client_id: str) -> Device:
    source = source_digest(enterprise.code, client_id, call.remote_address)
    known = Device.objects.filter(enterprise=enterprise, source_digest=source).exclude(source_digest="")
    device = known.first()
    if device is not None:
        return require_same_gateway(call, device, client_id)
    profile = Profile.load(settings.NENGHAO_PROFILE)
    try:
        return register_device(
            actor=Actor(name="register", address=call.remote_address or None), now=call.received_at,
            enterprise=enterprise, profile=profile.name, with_secret_key=profile.secret_key, source_digest=source,
        )  # fmt: skip
    except IntegrityError:  # the same gateway asked twice at once
        return known.get()


def source_digest(enterprise_code: str, client_id: str, address: str) -> str:
    """Tell gateways apart. An address alone is weak, but all that a foreign gateway gives."""
    source = f"id:{client_id}" if client_id else f"address:{address}"
    return hashlib.sha256(f"{enterprise_code}|{source}".encode("utf-8", "replace")).hexdigest()


def _registration(base_url: str, device: Device) -> RegisterAnswer:
    profile = Profile.load(device.profile)

    def url(operation: str) -> str:
        return f"{base_url}/{profile.operation_name(operation)}"

    return RegisterAnswer(
        response_code=SUCCESS, response_message=RECEIVED, device_id=device.device_id,
        load_config_url=url("loadConfig"), load_dic_version_url=url("versionCheck"),
        center_info_url=url("uploadConfigData"), center_data_url=url("uploadEnergyData"),
        center_info_download_url=url("downloadConfigData"), center_data_download_url=url("downloadData"),
        center_metering_data_url=url("uploadMeteringData"), download_base_data_url=url("downloadBaseData"),
        upload_time=f"{device.upload_time:%H:%M:%S}", secret_key=device.secret_key,
    )  # fmt: skip


def reg_version(base_url: str, device: Device) -> str:
    """Give a version that changes when a gateway should register again: addresses, slot, profile or key changed."""
    keys = (device.sealed_secret_key, device.sealed_sign_key)
    facts = "|".join((base_url, f"{device.upload_time:%H:%M:%S}", device.profile, *keys))
    return hashlib.sha256(facts.encode()).hexdigest()[:16]
