"""The dictionaries of dialect B by ``itemIndex`` 1…17, made from the reference library.

Names and field names are those of the clients; how a dictionary lies in the answer (``data``: name → list of rows) was
seen nowhere and is ours. A dictionary of which we have no facts is empty: nothing is invented. Fields whose meaning is
not known (``collectRatio``, ``complexUnit`` …) are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from functools import cache

import msgspec

from nenghao.errors import NenghaoError
from nenghao.protocol.decoding import MessageError
from nenghao.protocol.rejections import refuse
from nenghao.reference import EnergyType, library
from nenghao.units import conversion_factor

Row = dict[str, str]
DICTIONARIES: dict[int, str] = {
    1: "RegionCodes", 2: "IndustryCodes", 3: "ProductionProcessCodes", 4: "processUnitCodes", 5: "EnergyDeviceCodes",
    6: "DataCollectOriginCodes", 7: "CollectDataTypeCodes", 8: "EnergyTypeUnitCollectCodes", 9: "EnergySubstanceCodes",
    10: "UnenergyProductCodes", 11: "EnergyEfficiencyCodes", 12: "BusinessTargetCodes", 13: "OtherDataCodes",
    14: "EnergyUseCodes", 15: "GaugeTypeCodes", 16: "EnterpriseTypeCodes", 17: "DeviceTypeCodes",
}  # fmt: skip
VERSION_LENGTH = 10
TOTAL_CODE = "0000"
"""energyTypeCode of the comprehensive consumption, which is in tce already."""


@cache
def make_dictionary(index: int) -> tuple[Row, ...]:
    """Give the rows of a dictionary; an index that is not 1…17 is a ``KeyError``, one without facts is empty."""
    DICTIONARIES[index]
    maker = _MAKERS.get(index)
    return tuple({key: text for key, text in row.items() if text} for row in maker()) if maker else ()


def asked_indexes(text: str) -> tuple[int, ...]:
    """Read ``itemIndex``: one index or a comma list; raise :class:`MessageError` for an index that does not exist.

    >>> asked_indexes("3,8"), asked_indexes("14")
    ((3, 8), (14,))
    """
    words = [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) < 3 and int(word) in DICTIONARIES for word in words):
        raise MessageError(refuse("code-malformed", field="itemIndex", value=text, more="1…17"))
    return tuple(dict.fromkeys(int(word) for word in words))


@cache
def dictionary_version() -> str:
    """Give the version of all dictionaries (``dicVersion``): ten characters that change exactly with the content."""
    content = msgspec.json.encode([make_dictionary(index) for index in DICTIONARIES])
    return hashlib.sha256(content).hexdigest()[:VERSION_LENGTH]


@cache
def convert_ratio(class_code: str, type_code: str, on: date) -> str:
    """Give the 折标系数 that goes with an energy [tce per dictionary unit] on a day, or nothing where there is none.

    >>> convert_ratio("02", "3300", date(2026, 11, 1)), convert_ratio("02", "0000", date(2026, 11, 1))
    ('1.229', '1')
    """
    if type_code == TOTAL_CODE:
        return "1"
    energy = library().energy_by_wire_code(class_code, type_code)
    if energy is None:
        return ""
    try:
        factor = library().coal_equivalent_factor(energy.key, on)
    except NenghaoError:
        return ""
    per_unit = Decimal(str(factor.value)) * Decimal(str(conversion_factor(energy.wire_unit, energy.base_unit))) / 1000
    return format(per_unit.normalize() + 0, "f")


def _regions() -> Iterable[Row]:
    kinds = {"province": "1", "city": "2", "county": "3"}
    return ({"code": r.code, "name": r.name, "type": kinds[r.level]} for r in library().regions())


def _industries() -> Iterable[Row]:
    return ({"code": i.code, "name": i.name} for i in library().industries())


def _processes() -> Iterable[Row]:
    return ({"code": p.code, "name": p.name, "industry": p.industry_code} for p in library().processes())


def _energies(*classes: str) -> Iterable[Row]:
    return (_energy(e) for e in library().energy_types() if e.class_code in classes and e.type_code)


def _energy(energy: EnergyType) -> Row:
    mark = "待核" if energy.status == "unverified" else ""
    return {
        "code": energy.type_code, "name": energy.name_zh, "type": energy.class_code, "unit": energy.wire_unit,
        "collectUnit": energy.wire_unit, "unitEn": energy.wire_unit, "remark": mark,
    }  # fmt: skip


def _enumeration(name: str) -> Iterable[Row]:
    return ({"code": item.code, "name": item.meaning[:50]} for item in library().enumeration(name))


_MAKERS: dict[int, Callable[[], Iterable[Row]]] = {
    1: _regions,
    2: _industries,
    3: _processes,
    6: lambda: _enumeration("inputType"),
    7: lambda: (row for row in _enumeration("energyClassCode") if row["code"] != "00"),
    8: lambda: _energies("01", "02"),
    9: lambda: _energies("03"),
    10: lambda: _energies("04"),
    14: lambda: _enumeration("dataUsageCode"),
}
