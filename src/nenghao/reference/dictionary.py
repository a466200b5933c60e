"""The base data (基础数据) that a platform hands to end devices on ``downloadBaseData``.

The field names are those seen in clients of the national platform; the envelope was seen nowhere and is ours, and so
are the meanings given to the three coefficient fields: ``zbckz`` is the newest factor in force in kgce per base unit,
``nhzbdw`` its unit, ``dwzbxs`` the same in tce per dictionary unit. Fields whose meaning is unknown are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nenghao.reference.model import EnergyType, Factor
from nenghao.units import conversion_factor

if TYPE_CHECKING:
    from nenghao.reference.library import Library

REGION_TYPES = {"province": 1, "city": 2, "county": 3}
STANDARD_CODES = {2: "inputType", 3: "dataUsageCode"}
"""standard code: type 1 (单位类别) is not known; 2 is the collecting system, 3 the use of energy."""
WIRE_ENUMERATIONS = ("statType", "scope", "inputType", "energyClassCode", "valid")


def build_dictionary(library: Library) -> dict[str, Any]:
    """Build the base data; ``version`` is a hash of everything else, so that it changes exactly with the content."""
    content: dict[str, Any] = {
        "adminAreas": _admin_areas(library),
        "industries": _industries(library),
        "energyTypes": [_energy(library, e) for e in library.energy_types() if e.class_code and e.type_code],
        "processes": [
            {"code": p.code, "name": p.name, "industryCode": p.industry_code, "dataSource": 1}
            for p in library.processes()
        ],
        "standardCodes": [
            {"type": kind, "code": item.code, "name": item.meaning}
            for kind, name in STANDARD_CODES.items()
            for item in library.enumeration(name)
        ],
        "enumerations": {
            name: [{"code": item.code, "name": item.meaning} for item in library.enumeration(name)]
            for name in WIRE_ENUMERATIONS
        },
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:16], **content}


def _admin_areas(library: Library) -> list[dict[str, Any]]:
    full_names: dict[str, str] = {"": ""}
    areas = []
    for region in library.regions():
        parent = full_names[region.parent]
        full_names[region.code] = parent if region.display_name != region.name else parent + region.name
        areas.append(
            {"code": region.code, "name": region.name, "fullName": full_names[region.code], "pcode": region.parent,
             "type": REGION_TYPES[region.level]}
        )  # fmt: skip
    return areas


def _industries(library: Library) -> list[dict[str, Any]]:
    full_names: dict[str, str] = {}
    for industry in library.industries():
        parent = full_names.get(industry.parent)
        full_names[industry.code] = f"{parent}/{industry.name}" if parent else industry.name
    return [
        {"code": i.code, "name": i.name, "fullName": full_names[i.code], "pcode": i.parent}
        for i in library.industries()
    ]


def _energy(library: Library, energy: EnergyType) -> dict[str, Any]:
    group = energy.type_code[:2] + "00"
    is_sub_item = energy.type_code != group and library.energy_by_wire_code(energy.class_code, group) is not None
    return {
        "code": energy.class_code + energy.type_code, "name": energy.name_zh,
        "pcode": energy.class_code + group if is_sub_item else energy.class_code,
        "unit": energy.wire_unit, "classCode": energy.class_code, "type": 2 if energy.type_code != group else 1,
        **_coefficients(energy, library.coal_equivalent_factors(energy.key)),
        "key": energy.key, "baseUnit": energy.base_unit, "status": energy.status,
    }  # fmt: skip


def _coefficients(energy: EnergyType, factors: tuple[Factor, ...]) -> Mapping[str, Any]:
    newest = next((factor for factor in factors if factor.valid_until is None), None)
    if newest is None:
        return {"zbckz": None, "nhzbdw": "", "dwzbxs": None}
    per_wire_unit = Decimal(str(newest.value)) * Decimal(str(conversion_factor(energy.wire_unit, energy.base_unit)))
    return {"zbckz": newest.value, "nhzbdw": newest.unit, "dwzbxs": float(per_wire_unit / 1000)}
