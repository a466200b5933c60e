"""What a person states of the nameplate (铭牌) of equipment, since no upload carries it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Equipment
from nenghao.periods import to_beijing

FIRST_YEAR = 1900
LIMITS = {"efficiency_pct": 100.0, "voltage_kv": 1000.0}
"""What no nameplate exceeds: 100 % and the highest transmission voltage [kV]."""


@transaction.atomic
def state_nameplate(
    *, actor: Actor, now: datetime, enterprise: Enterprise, equipment_id: int, texts: Mapping[str, str]
) -> Equipment:
    """Keep year of manufacture, efficiency [%] and voltage [kV] as typed (``made_year`` …); an empty text clears one.

    Raises ``equipment-unknown`` for a piece of another enterprise and ``nameplate-value`` for what no nameplate says.
    """
    Enterprise.objects.select_for_update().get(pk=enterprise.pk)  # an upload of equipment waits, and is not lost
    row = Equipment.objects.filter(enterprise=enterprise, pk=equipment_id).first()
    if row is None:
        raise NenghaoError(
            "equipment-unknown",
            "没有这台设备",
            "there is no such equipment",
            record=f"{enterprise.code} {equipment_id}",
        )
    known: dict[str, int | float | None] = {"made_year": _year(texts.get("made_year", ""), to_beijing(now).year)}
    known |= {name: _number(name, texts.get(name, "")) for name in LIMITS}
    before = {name: getattr(row, name) for name in known}
    changed = {name: value for name, value in known.items() if value != before[name]}
    if not changed:
        return row
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    record(
        actor=actor, now=now, action="equipment-nameplate", object_type="equipment",
        object_key=f"{enterprise.code} {row}", region_path=enterprise.region.path,
        before={name: before[name] for name in changed}, after=changed,
    )  # fmt: skip
    return row


def _year(text: str, this_year: int) -> int | None:
    words = text.strip()
    if not words:
        return None
    if words.isascii() and words.isdigit() and FIRST_YEAR <= int(words) <= this_year:
        return int(words)
    raise _refused("made_year", text, f"写四位年份，{FIRST_YEAR} 至 {this_year}",
                   f"a year of four digits from {FIRST_YEAR} to {this_year}")  # fmt: skip


def _number(name: str, text: str) -> float | None:
    words = text.strip()
    if not words:
        return None
    try:
        value = float(words) if words.isascii() else 0.0
    except ValueError:
        value = 0.0
    if 0 < value <= LIMITS[name]:
        return value
    raise _refused(name, text, f"写大于 0、不超过 {LIMITS[name]:g} 的数，不带单位",
                   f"a number above 0, at most {LIMITS[name]:g}, without its unit")  # fmt: skip


def _refused(field: str, text: str, mend_zh: str, mend_en: str) -> NenghaoError:
    return NenghaoError(
        "nameplate-value", f"铭牌上不会是「{text}」", f"no nameplate says {text!r}", field=field, mend_zh=mend_zh,
        mend_en=mend_en,
    )  # fmt: skip
