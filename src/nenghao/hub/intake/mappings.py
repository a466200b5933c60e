"""How the wire's configuration fields become the registry's columns, and the conversion of one row.

A wire field that is not listed here is not taken: code, name, region and industry of an enterprise are the officers'.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec
from django.db import models

from nenghao.hub.registry.models import Enterprise, Meter
from nenghao.protocol import Rejection, refuse


def text(sent: str) -> str:
    """Read a text, without the NUL that no database takes."""
    return sent.replace("\x00", "")


def flag(sent: str) -> bool:
    """Read ``true``, ``false``, ``1`` or ``0``; ``ValueError`` for anything else."""
    word = sent.lower()
    if word not in {"true", "false", "1", "0"}:
        raise ValueError(sent)
    return word in {"true", "1"}


def decimal(sent: str) -> float:
    """Read a finite number; ``ValueError`` for anything else."""
    number = float(sent)
    if not math.isfinite(number):
        raise ValueError(sent)
    return number


def _day(sent: str) -> date:
    """Read ``yyyy-MM-dd``, with or without the time that some clients append."""
    return date.fromisoformat(sent[:10])


_PROBLEM: dict[Callable[[str], Any], str] = {
    flag: "field-type", decimal: "value-not-number", _day: "date-malformed", int: "value-not-number",
    text: "field-type",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldMap:
    """For one model: wire field → column and how its text is read."""

    model: type[models.Model]
    fields: dict[str, tuple[str, Callable[[str], Any]]]


ENTERPRISE = FieldMap(Enterprise, {
    "typeCode": ("type_code", text), "typeName": ("type_name", text), "fieldCode": ("field_code", text),
    "fieldName": ("field_name", text), "center": ("is_central", flag), "jgzh": ("is_energy_converter", flag),
    "corporationCode": ("corporation_code", text), "corporationName": ("corporation_name", text),
    "energyConsumeLevel": ("energy_consume_level", int),
    "latitude": ("latitude", decimal), "longitude": ("longitude", decimal), "phone": ("phone", text),
    "fax": ("fax", text), "email": ("email", text), "address": ("address", text), "zipCode": ("zip_code", text),
    "url": ("url", text), "registerDate": ("registered_on", _day),
    "registerPrincipal": ("registered_capital", text), "energyOffice": ("energy_office", text),
    "energyOfficial": ("energy_official", text), "energyOfficialPosition": ("energy_official_position", text),
    "energyOfficialPhone": ("energy_official_phone", text), "energyPass": ("management_system_certified", flag),
    "energyRespName": ("energy_manager_name", text), "energyRespPhone": ("energy_manager_phone", text),
    "passDate": ("certified_on", _day), "passOrg": ("certified_by", text),
    "productionLine": ("production_lines", text), "leadingProduct": ("leading_products", text),
    "remark": ("remark", text),
})  # fmt: skip

METER = FieldMap(Meter, {
    "manageCode": ("manage_code", text), "meteringName": ("name", text), "meteringType": ("type_code", text),
    "meteringLevel": ("level", int), "meteringParameter": ("parameter", text), "dataCode": ("data_code", text),
    "dataCodeCalculate": ("data_code_calculate", text), "dataCodeRatio": ("data_code_ratio", text),
    "manuFacturer": ("manufacturer", text), "typeSpecification": ("model", text),
    "accuracyLevel": ("accuracy_class", text), "measureRange": ("measure_range", text),
    "calibrationState": ("verification_state", text), "calibrationCycle": ("verification_cycle", text),
    "latelyCalibration": ("verified_on", _day), "inspectionOrganization": ("verified_by", text),
    "nextCalibration": ("verify_next_on", _day), "notCalibration": ("not_verified_reason", text),
    "installationSite": ("installation_site", text), "installOrg": ("installed_by", text),
    "installDate": ("installed_on", _day), "usrSystem": ("user_system", text), "measureState": ("state", int),
    "measureStateDate": ("state_since", _day),
})  # fmt: skip

FEED = {name: METER.fields[name][0] for name in ("dataCode", "dataCodeCalculate", "dataCodeRatio", "meteringParameter")}
"""What an instrument says of one collect item that it feeds."""


@dataclass(slots=True)
class ConfigList:
    """One list of a configuration message: reads its rows as text and gathers what is refused."""

    name: str
    kind: type[msgspec.Struct]
    rejections: list[Rejection]
    refused: set[int] = field(default_factory=set)

    def refuse(self, index: int, code: str, wire_field: str = "", value: object = "", more: object = "") -> None:
        """Refuse the row at ``index``; the field is named with its list, ``process.processCode``."""
        where = f"{self.name}.{wire_field}" if wire_field else self.name
        self.rejections.append(refuse(code, index=index, field=where, value=value, more=more))
        self.refused.add(index)

    def text_row(self, index: int, row: object) -> dict[str, str] | None:
        """Give a row as text: numbers and truth values are written out, ``null`` counts as absent."""
        if not isinstance(row, dict):
            self.refuse(index, "record-not-object")
            return None
        texts = {}
        for info in msgspec.structs.fields(self.kind):
            value = row.get(info.encode_name)
            if isinstance(value, (list, dict)):
                self.refuse(index, "field-type", info.encode_name, value, "字符串 / a string")
                return None
            texts[info.encode_name] = _as_text(value)
            if info.required and not texts[info.encode_name]:
                self.refuse(index, "field-missing", info.encode_name)
                return None
        return texts

    def facts(self, index: int, row: Mapping[str, str], mapping: FieldMap) -> dict[str, Any]:
        """Give the registry's columns of a row; a field that cannot be read is refused and left out."""
        got: dict[str, Any] = {}
        for wire_name, (column, convert) in mapping.fields.items():
            sent = row.get(wire_name, "").strip()
            if not sent:
                continue
            try:
                value = convert(sent)
            except (ValueError, OverflowError):
                self.refuse(index, _PROBLEM[convert], wire_name, sent, "true, false")
                continue
            if self.fits(index, wire_name, mapping.model, column, value):
                got[column] = value
        return got

    def fits(self, index: int, wire_name: str, model: type[models.Model], column: str, value: object) -> bool:
        """Tell whether a column takes the value: its length, and its choices where it has any."""
        about: Any = model._meta.get_field(column)
        if isinstance(value, str) and about.max_length and len(value) > about.max_length:
            self.refuse(index, "field-too-long", wire_name, value, about.max_length)
            return False
        if about.choices and value not in dict(about.flatchoices):
            self.refuse(index, "code-malformed", wire_name, value, "、".join(str(key) for key, _ in about.flatchoices))
            return False
        return True


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).encode("utf-8", "replace").decode().replace("\x00", "").strip()
