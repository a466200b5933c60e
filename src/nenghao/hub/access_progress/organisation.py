"""A region's organisation (组织与责任): filed as a whole, dated, changed only by a new filing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import DutyPerson, RegionDuty
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Region

DUTY_FIELDS = (
    "effective_on", "lead_department", "builder", "mechanism", "platform_plan", "access_plan", "documents",
)  # fmt: skip
PERSON_FIELDS = ("name", "department", "post", "phone", "task")
FIRST_TERM = date(2019, 5, 31)
"""424号 五: the first filing was due by 31 May 2019."""


@transaction.atomic
def file_duty(
    *,
    actor: Actor,
    now: datetime,
    region: Region,
    facts: Mapping[str, Any],
    persons: Sequence[Mapping[str, str]],
    reason: str,
) -> RegionDuty:
    """File a region's organisation as a new edition; the former ones stay. Needs a named person and a reason."""
    named = [person for person in persons if person.get("name", "").strip()]
    if not named or any(not person.get("phone", "").strip() for person in named):
        raise NenghaoError(
            "duty-person", "至少一名责任人，且每人都有电话", "at least one named person, each with a phone",
            record=region.code, field="persons", mend_zh="目标责任须落实到人",
            mend_en="the duty must rest with named persons",
        )  # fmt: skip
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写报送或变更原因", "a reason is needed", record=region.code, field="reason"
        )
    duty = RegionDuty.objects.create(
        region=region, filed_at=now, filed_by=actor.name, reason=reason.strip()[:200],
        **{name: facts[name] for name in DUTY_FIELDS},
    )  # fmt: skip
    DutyPerson.objects.bulk_create(
        DutyPerson(duty=duty, **{name: person.get(name, "").strip() for name in PERSON_FIELDS}) for person in named
    )
    record(
        actor=actor, now=now, action="organisation-filed", object_type="region-duty", object_key=region.code,
        region_path=region.path, reason=reason.strip()[:200],
        after={**{name: facts[name] for name in DUTY_FIELDS[:3]}, "persons": "、".join(p["name"] for p in named)},
    )  # fmt: skip
    return duty


def duties_on(*, region_codes: Iterable[str], on: date) -> dict[str, RegionDuty]:
    """Give the filing in effect on a day for each region that has one, with its persons: two queries."""
    found: dict[str, RegionDuty] = {}
    rows = RegionDuty.objects.filter(region_id__in=list(region_codes), effective_on__lte=on)
    for duty in rows.order_by("effective_on", "pk").prefetch_related("persons"):
        found[duty.region_id] = duty
    return found


@dataclass(frozen=True, slots=True)
class RegionEntry:
    """One region of the list: what it has filed, if anything."""

    region: Region
    duty: RegionDuty | None

    @property
    def code(self) -> str:
        """Code of the region."""
        return self.region.code

    @property
    def path(self) -> str:
        """Place in the tree, to sort by."""
        return self.region.path

    @property
    def name(self) -> str:
        """Name of the region."""
        return self.region.name

    @property
    def level(self) -> str:
        """Level in the tree."""
        return self.region.level

    @property
    def has_filed(self) -> str:
        """``yes`` or ``no``, to filter by."""
        return "yes" if self.duty else "no"

    @property
    def lead_department(self) -> str | None:
        """Lead department in effect."""
        return self.duty.lead_department if self.duty else None

    @property
    def builder(self) -> str | None:
        """Builder of the platform in effect."""
        return self.duty.builder if self.duty else None

    @property
    def effective_on(self) -> date | None:
        """Since when the filing is in effect."""
        return self.duty.effective_on if self.duty else None

    @property
    def persons(self) -> str | None:
        """Named persons with their phones."""
        if self.duty is None:
            return None
        return "；".join(f"{person.name} {person.phone}" for person in self.duty.persons.all())


def region_entries(*, regions: QuerySet[Region], on: date) -> list[RegionEntry]:
    """Give the regions in the order of the tree, each with what it has filed."""
    places = list(regions.order_by("path"))
    duties = duties_on(region_codes=[region.code for region in places], on=on)
    return [RegionEntry(region, duties.get(region.code)) for region in places]


@dataclass(frozen=True, slots=True)
class Edition:
    """A filing beside the one before it: which fields changed."""

    duty: RegionDuty
    changed: frozenset[str]


def editions(region: Region) -> list[Edition]:
    """Give every filing of a region, the newest first, with what it changed against the one before."""
    rows = list(RegionDuty.objects.filter(region=region).order_by("effective_on", "pk").prefetch_related("persons"))
    found = [
        Edition(duty, _changed(rows[index - 1], duty) if index else frozenset()) for index, duty in enumerate(rows)
    ]
    return found[::-1]


def _changed(before: RegionDuty, after: RegionDuty) -> frozenset[str]:
    names = [name for name in DUTY_FIELDS[1:] if getattr(before, name) != getattr(after, name)]
    persons = [[tuple(getattr(p, f) for f in PERSON_FIELDS) for p in duty.persons.all()] for duty in (before, after)]
    return frozenset([*names, *(["persons"] if persons[0] != persons[1] else [])])
