"""What a region has set for access: the nearest region upward that set something, else the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.access_progress.models import AccessSetting
from nenghao.hub.access_progress.models.plan import (
    DEFAULT_BACKLOG_LIMIT,
    DEFAULT_CLOCK_LIMIT_S,
    DEFAULT_DUE_ON,
    DEFAULT_SILENCE_HOURS,
    DEFAULT_WARN_DAYS,
)
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Region

MAX_HOURS = 24 * 366


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings in force at one place; ``region_code`` names who set them, empty for the defaults."""

    connect_due_on: date = DEFAULT_DUE_ON
    silence_hours: int = DEFAULT_SILENCE_HOURS
    clock_limit_s: int = DEFAULT_CLOCK_LIMIT_S
    backlog_limit: int = DEFAULT_BACKLOG_LIMIT
    warn_days: int = DEFAULT_WARN_DAYS
    region_code: str = ""


NAMES = ("connect_due_on", "silence_hours", "clock_limit_s", "backlog_limit", "warn_days")


class LimitsBook:
    """All settings, read once: ``book.at(path)`` is in force at a region's path.

    >>> LimitsBook({}).at("000000/370000/").connect_due_on
    datetime.date(2020, 12, 31)
    """

    def __init__(self, by_region: Mapping[str, Limits]) -> None:
        self._by_region = by_region

    @classmethod
    def load(cls) -> LimitsBook:
        """Read the settings of every region."""
        rows = AccessSetting.objects.values("region_id", *NAMES)
        return cls({row["region_id"]: Limits(**_values(row), region_code=row["region_id"]) for row in rows})

    def at(self, path: str) -> Limits:
        """Give the setting of the nearest region upward along ``path``."""
        codes = path.rstrip("/").split("/")
        return next((self._by_region[code] for code in reversed(codes) if code in self._by_region), Limits())


def _values(row: Mapping[str, object]) -> dict:
    return {name: row[name] for name in NAMES}


@transaction.atomic
def set_limits(*, actor: Actor, now: datetime, region: Region, limits: Limits, reason: str) -> None:
    """Set what is in force in a region and below it; needs a reason."""
    if not reason.strip():
        raise NenghaoError("reason-missing", "请填写理由", "a reason is needed", record=region.code, field="reason")
    if not 1 <= limits.silence_hours <= MAX_HOURS:
        raise NenghaoError(
            "silence-hours", f"静默时长须在 1 至 {MAX_HOURS} 小时之间", f"between 1 and {MAX_HOURS} hours",
            record=region.code, field="silence_hours",
        )  # fmt: skip
    before = LimitsBook.load().at(region.path)
    after = {name: getattr(limits, name) for name in NAMES}
    AccessSetting.objects.update_or_create(region=region, defaults=after)
    record(
        actor=actor, now=now, action="access-setting-changed", object_type="region", object_key=region.code,
        region_path=region.path, before={name: getattr(before, name) for name in NAMES}, after=after, reason=reason,
    )  # fmt: skip
