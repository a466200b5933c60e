"""The base data (基础数据) that a platform hands to end devices on ``downloadBaseData``.

The dictionaries and their field names are those seen in clients of the national platform; the envelope was seen
nowhere and is ours, and so are the meanings given to the coefficient fields: ``zbckz`` is the newest factor in force
in kgce per base unit, ``nhzbdw`` its unit, ``dwzbxs`` the same in tce per dictionary unit. A field or dictionary of
which nothing is known stays empty. ``evidence`` (ours) says how a row is known; ``ours`` marks a code that this
system made up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from nenghao.reference.codes import PLACE_HOLDERS
from nenghao.reference.model import EnergyType, EnumerationItem, Factor
from nenghao.units import conversion_factor

if TYPE_CHECKING:
    from nenghao.reference.library import Library

REGION_TYPES = {"province": 1, "city": 2, "county": 3}
PLACE_HOLDER_TYPE = 4
"""市辖区 and 县 of a municipality, which stand for no place of their own (the meaning of type 4 is inferred)."""
STANDARD_CODES = {2: "inputType", 3: "dataUsageCode"}
"""standard code: type 1 (单位类别) is not known; 2 is the collecting system, 3 the use of energy."""
WIRE_ENUMERATIONS = (
    "statType", "scope", "inputType", "energyClassCode", "valid", "energyConsumeLevel", "fieldCode", "meteringLevel",
    "dataCodeCalculate", "installOrg", "usrSystem", "measureState",
)  # fmt: skip
CLASS_LIST = "00"
"""The code under which one vendor keeps the list of the classes itself: not a class."""
Rows = list[dict[str, Any]]


def build_dictionaries(library: Library) -> dict[str, Any]:
    """Build every dictionary by name."""
    unknown: dict[str, Rows] = {
        name: [] for name in ("processUnits", "equipmentClasses", "equipment", "meteringTypes", "productQuotas")
    }
    energies = [energy for energy in library.energy_types() if energy.class_code and energy.type_code]
    return {
        "adminAreas": _admin_areas(library),
        "industries": _industries(library),
        "energyTypes": [_energy(library, energy) for energy in energies],
        "collectItems": _collect_items(library, energies),
        "processes": [
            {"code": p.code, "name": p.name, "industryCode": p.industry_code, "dataSource": 1, "status": "",
             "evidence": p.status}
            for p in library.processes()
        ],
        **unknown,
        "standardCodes": [
            {"type": kind, "code": item.code, "name": item.meaning, "evidence": item.status}
            for kind, name in STANDARD_CODES.items()
            for item in library.enumeration(name)
        ],
        "enumerations": {
            name: [_meaning(item) for item in library.enumeration(name)] for name in WIRE_ENUMERATIONS
        },
    }  # fmt: skip


def version_of(content: object) -> str:
    """Give a version that changes exactly with the content: sixteen digits of its hash."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _meaning(item: EnumerationItem) -> dict[str, Any]:
    return {"code": item.code, "name": item.meaning, "evidence": item.status}


def _admin_areas(library: Library) -> Rows:
    full_names: dict[str, str] = {"": ""}
    areas = []
    for region in library.regions():
        parent = full_names[region.parent]
        is_place_holder = region.name in PLACE_HOLDERS
        full_names[region.code] = parent if is_place_holder else parent + region.name
        areas.append(
            {"code": region.code, "name": region.name, "fullName": full_names[region.code], "pcode": region.parent,
             "type": PLACE_HOLDER_TYPE if is_place_holder else REGION_TYPES[region.level]}
        )  # fmt: skip
    return areas


def _industries(library: Library) -> Rows:
    full_names: dict[str, str] = {}
    for industry in library.industries():
        parent = full_names.get(industry.parent)
        full_names[industry.code] = f"{parent}/{industry.name}" if parent else industry.name
    return [
        {"code": i.code, "name": i.name, "fullName": full_names[i.code], "pcode": i.parent, "jgzh": ""}
        for i in library.industries()
    ]


def _collect_items(library: Library, energies: list[EnergyType]) -> Rows:
    """Give the tree of what can be collected: data classes (type 1), their groups (2) and group with sub-item (3)."""
    classes: Rows = [
        {"code": item.code, "name": item.meaning, "pcode": "", "type": 1, "pclass": "", "industryCode": "", "unit": "",
         "evidence": item.status}
        for item in library.enumeration("energyClassCode")
        if item.code != CLASS_LIST
    ]  # fmt: skip
    return classes + [
        {"code": energy.class_code + energy.type_code, "name": energy.name_zh, "pcode": _parent(library, energy),
         "type": 2 if energy.type_code.endswith("00") else 3, "pclass": energy.class_code, "industryCode": "",
         "unit": energy.wire_unit, "evidence": energy.status, "ours": energy.ours}
        for energy in energies
    ]  # fmt: skip


def _parent(library: Library, energy: EnergyType) -> str:
    group = energy.type_code[:2] + "00"
    is_sub_item = energy.type_code != group and library.energy_by_wire_code(energy.class_code, group) is not None
    return energy.class_code + group if is_sub_item else energy.class_code


def _energy(library: Library, energy: EnergyType) -> dict[str, Any]:
    return {
        "code": energy.class_code + energy.type_code, "name": energy.name_zh, "pcode": _parent(library, energy),
        "unit": energy.wire_unit, "classCode": energy.class_code,
        "type": 1 if energy.type_code.endswith("00") else 2,
        **_coefficients(energy, library.coal_equivalent_factors(energy.key)),
        "key": energy.key, "baseUnit": energy.base_unit, "evidence": energy.status, "ours": energy.ours,
    }  # fmt: skip


def _coefficients(energy: EnergyType, factors: tuple[Factor, ...]) -> Mapping[str, Any]:
    newest = next((factor for factor in factors if factor.valid_until is None), None)
    if newest is None:
        return {"zbckz": None, "nhzbdw": "", "dwzbxs": None}
    per_wire_unit = Decimal(str(newest.value)) * Decimal(str(conversion_factor(energy.wire_unit, energy.base_unit)))
    return {"zbckz": newest.value, "nhzbdw": newest.unit, "dwzbxs": float(per_wire_unit / 1000)}
