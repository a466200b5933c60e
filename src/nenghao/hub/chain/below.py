"""What a platform below says of an enterprise: here region, name, industry and activity follow it, unlike a device's.

An enterprise that is not known yet is registered. The fields that a device must send are not required: a platform
forwards what it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor
from nenghao.hub.intake.calls import Call
from nenghao.hub.intake.mappings import ENTERPRISE, ConfigList, FieldMap, flag, text
from nenghao.hub.intake.snapshot import Sender
from nenghao.hub.registry.models import Enterprise, Industry, Region
from nenghao.hub.registry.services import create_enterprise
from nenghao.protocol import EnterpriseInfo, MessageError, Rejection, refuse

_CODE = re.compile(r"[0-9A-Za-z]{1,18}", re.ASCII)
_REQUIRED = frozenset({"code", "name", "industry_code", "region_code"})
EnterpriseBelow: type[msgspec.Struct] = msgspec.defstruct(
    "EnterpriseBelow",
    [
        (info.name, str) if info.name in _REQUIRED else (info.name, str, "")
        for info in msgspec.structs.fields(EnterpriseInfo)
    ],
    rename="camel",
    kw_only=True,
)
"""The enterprise of a platform's message: as a device's, with only code, name, industry and region required."""
BELOW = FieldMap(
    Enterprise,
    ENTERPRISE.fields | {"name": ("name", text), "isSimulated": ("is_simulated", flag), "active": ("active", flag)},
)


def enterprise_facts(platform: Sender, row: Mapping[str, str], fields: ConfigList) -> dict[str, Any] | None:
    """Give the columns of an enterprise as the platform says; ``None`` (and a rejection) where it cannot be placed."""
    region = Region.objects.filter(code=row["regionCode"]).first()
    industry = Industry.objects.filter(code=row["industryCode"]).first()
    if region is None:
        fields.refuse(0, "region-unknown", "regionCode", row["regionCode"])
    elif not region.path.startswith(platform.region_path):
        fields.refuse(0, "region-outside", "regionCode", row["regionCode"])
    elif industry is None:
        fields.refuse(0, "industry-unknown", "industryCode", row["industryCode"])
    else:
        return fields.facts(0, row, BELOW) | {"region": region, "industry": industry}
    return None


def create_below(call: Call, platform: Sender, message: Mapping[str, Any]) -> None:
    """Register the enterprise of a platform's configuration that is not known here; refuse one that cannot be placed.

    An enterprise that exists in another region is refused: a platform must not take it over.
    """
    code, sent = str(message.get("enterpriseCode", "")), message.get("enterprise")
    if sent is None or not _CODE.fullmatch(code) or Enterprise.objects.filter(code=code).exists():
        return
    rejections: list[Rejection] = []
    fields = ConfigList("enterprise", EnterpriseBelow, rejections)
    row = fields.text_row(0, sent)
    if row is not None and row["code"] != code:
        fields.refuse(0, "enterprise-mismatch", "code", row["code"])
    facts = enterprise_facts(platform, row, fields) if row is not None and not rejections else None
    if facts is None:
        raise MessageError(msgspec.structs.replace(rejections[0], index=-1))
    try:
        create_enterprise(
            actor=Actor(name=f"platform {platform.device_id[:8]}", address=call.remote_address or None),
            now=call.received_at, code=code, check_code=False, **facts,
        )  # fmt: skip
    except NenghaoError as error:
        if error.code != "enterprise-taken":  # two messages at once: the other one was first
            raise MessageError(refuse("field-type", field="enterprise.code", value=code, more=error.both())) from error
