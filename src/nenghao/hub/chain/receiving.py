"""``registerPlatform`` (ours), and what differs when a platform below speaks instead of a device.

NHJC-03-2018 names the operations between province and nation, not their fields; ours are in ``docs/chain.md``. After
registration a platform speaks dialect A: its identity stands in ``deviceId``, the enterprise that a message is about in
``enterpriseCode``.
"""

from __future__ import annotations

import hashlib
import re

from django.conf import settings
from django.db import IntegrityError

from nenghao.hub.audit.services import Actor
from nenghao.hub.chain.models import Platform
from nenghao.hub.chain.platforms import register_platform as add_platform
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.guard import check_certificate
from nenghao.hub.intake.identity import hand_out
from nenghao.hub.registry.models import Region
from nenghao.protocol import MessageError, Profile, RegisterAnswer, VersionAnswer, decode_object, refuse, required_text
from nenghao.protocol.messages import RECEIVED, SUCCESS
from nenghao.protocol.signing import HMAC_SM3
from nenghao.reference import library

_REGION = re.compile(r"\d{6}", re.ASCII)


def register_platform(call: Call) -> RegisterAnswer:
    """Give a platform below its identity; it waits for the approval of an officer above.

    The same platform (the same ``clientId``, which it must send) gets the same identity again.
    """
    limit = settings.NENGHAO_REGISTRATIONS_PER_MINUTE
    if not call.snapshot.registrations.allows(call.remote_address, limit):
        raise MessageError(refuse("too-many-registrations", more=limit))
    message = decode_object(call.body)
    code, client_id = required_text(message, "region"), required_text(message, "clientId")
    if not _REGION.fullmatch(code):
        raise MessageError(refuse("region-malformed", field="region", value=code))
    region = Region.objects.filter(code=code).first()
    if region is None:
        raise MessageError(refuse("region-unknown", field="region", value=code))
    wants_signing = message.get("signing") == HMAC_SM3
    platform = _platform_of(call, region, required_text(message, "name"), client_id, wants_signing=wants_signing)
    call.platform_pk = platform.pk
    check_certificate(call.meta, platform.trust())
    call.log(SUCCESS, RECEIVED)
    answer = _registration(call.base_url(), platform)
    return hand_out(call, platform, answer, client_id=client_id, signing=message.get("signing"))


def platform_versions(call: Call, platform_pk: int) -> VersionAnswer:
    """Tell a platform the versions of its registration and of the dictionaries."""
    platform = Platform.objects.get(pk=platform_pk)
    call.log(SUCCESS, RECEIVED)
    return VersionAnswer(
        response_code=SUCCESS, response_message=RECEIVED, reg_version=_reg_version(call.base_url(), platform),
        dic_version=library().dictionary_version,
    )  # fmt: skip


def _platform_of(call: Call, region: Region, name: str, client_id: str, *, wants_signing: bool) -> Platform:
    source = hashlib.sha256(f"{region.code}|id:{client_id}".encode("utf-8", "replace")).hexdigest()
    known = Platform.objects.filter(region=region, source_digest=source)
    profile = Profile.load(settings.NENGHAO_PROFILE)
    try:
        return known.first() or add_platform(
            actor=Actor(name="registerPlatform", address=call.remote_address or None), now=call.received_at,
            region=region, name=name, profile=profile.name, with_secret_key=profile.secret_key,
            with_sign_key=wants_signing, source_digest=source,
        )  # fmt: skip
    except IntegrityError:  # the same platform asked twice at once
        return known.get()


def _registration(base_url: str, platform: Platform) -> RegisterAnswer:
    return RegisterAnswer(
        response_code=SUCCESS, response_message=RECEIVED, device_id=platform.platform_id,
        load_dic_version_url=f"{base_url}/versionCheck", center_info_url=f"{base_url}/uploadConfigData",
        center_data_url=f"{base_url}/uploadEnergyData",
        center_metering_data_url=f"{base_url}/uploadMeteringData",
        download_base_data_url=f"{base_url}/downloadBaseData", upload_digest_url=f"{base_url}/uploadDigest",
        upload_time=f"{platform.upload_time:%H:%M:%S}", secret_key=platform.secret_key,
    )  # fmt: skip


def _reg_version(base_url: str, platform: Platform) -> str:
    """Give a version that changes when a platform should register again: addresses, profile or keys changed."""
    facts = "|".join((base_url, platform.profile, platform.sealed_secret_key, platform.sealed_sign_key))
    return hashlib.sha256(facts.encode()).hexdigest()[:16]
