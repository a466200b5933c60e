"""What the hot path must know of the registry, in memory: devices, and the data items of each enterprise.

Kept current by the registry's version number: a look at one row tells whether anything changed, and only rows with a
newer version are read. The look happens once a second, when a device is saved in this process, and before anything is
refused for a reason that the registry could have mended in the meantime.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db import transaction

from nenghao.hub.chain.models import Platform
from nenghao.hub.intake.limits import MinuteLimit
from nenghao.hub.registry.models import DataItem, Device, Enterprise
from nenghao.hub.registry.models.keys import Trust, unsealed
from nenghao.hub.registry.sync import refresh as push_to_store
from nenghao.hub.store import get_store, open_store
from nenghao.protocol import ItemRule, ItemRules, Profile

if TYPE_CHECKING:
    from nenghao.readings import ReadingStore

LOOK_EVERY_S = 1.0
_NO_RULES = ItemRules()


@dataclass(frozen=True, slots=True)
class Sender:
    """A device as the intake sees it; or a platform below, then ``platform_pk`` and ``region_path`` are set.

    A platform has no device, and the enterprise of the message it sends: :meth:`Snapshot.for_enterprise`.
    """

    device_pk: int | None
    device_id: str
    status: str
    enterprise_pk: int | None
    enterprise_code: str
    profile_name: str
    trust: Trust = field(default_factory=Trust)
    platform_pk: int | None = None
    region_path: str = ""

    @property
    def profile(self) -> Profile:
        """The province profile that the device registered under."""
        return Profile.load(self.profile_name)

    @property
    def secret_key(self) -> str:
        """The SM4 key, 32 hex digits, or nothing."""
        return unsealed(self.trust.sealed_secret)


class Snapshot:
    """Devices and item rules as of one registry version; :meth:`refresh` brings in what changed since."""

    def __init__(self, store: ReadingStore) -> None:
        self.store = store
        self.version = -1
        self._devices: dict[str, Sender] = {}
        self._rules: dict[int, ItemRules] = {}
        self._with_retired: dict[int, ItemRules] = {}
        """Of enterprises that have data items switched off: all their data items."""
        self._enterprises: dict[str, tuple[int, str]] = {}
        self._looked_at = 0.0
        self._lock = threading.Lock()
        self.unapproved, self.registrations = MinuteLimit(), MinuteLimit()

    def device(self, device_id: str) -> Sender | None:
        """Give a device by its wire identity."""
        return self._devices.get(device_id)

    def rules(self, enterprise_pk: int | None, *, with_retired: bool = False) -> ItemRules:
        """Give the active data items of an enterprise by data code, for a platform also those switched off."""
        place = enterprise_pk or 0
        active = self._rules.get(place, _NO_RULES)
        return self._with_retired.get(place, active) if with_retired else active

    def for_enterprise(self, platform: Sender, enterprise_code: str) -> Sender | None:
        """Give the platform as the sender of one enterprise; ``None`` where that does not lie in its region."""
        known = self._enterprises.get(enterprise_code)
        if known is None or not known[1].startswith(platform.region_path):
            return None
        return replace(platform, enterprise_pk=known[0], enterprise_code=enterprise_code)

    def glance(self) -> None:
        """Refresh if the last look is a second old; the first look is waited for by all."""
        if not self.is_fresh:
            self.refresh()

    @property
    def is_fresh(self) -> bool:
        """Whether the last look is less than a second old."""
        return self.version >= 0 and time.monotonic() - self._looked_at <= LOOK_EVERY_S

    @property
    def is_at_hand(self) -> bool:
        """Whether it can be used while another thread looks: the last look is less than two seconds old."""
        return self.version >= 0 and time.monotonic() - self._looked_at <= 2 * LOOK_EVERY_S

    def forget_look(self) -> None:
        """Make the next :meth:`glance` look."""
        self._looked_at = 0.0

    def refresh(self, since: int | None = None) -> bool:
        """Read what changed; tell whether the snapshot is newer than version ``since`` (default: as of this call).

        Who found something unknown passes the version it looked in: another thread may have refreshed meanwhile.
        """
        seen = self.version if since is None else since
        with self._lock:
            self._looked_at = time.monotonic()
            version = push_to_store()  # the store knows an item before any reading of it is submitted
            if version == self.version:
                return version != seen
            # A counter that went back means another database (a restored backup): read all of it.
            newer_than = self.version if version > self.version else -1
            if newer_than < 0:
                self._devices, self._rules, self._with_retired, self._enterprises = {}, {}, {}, {}
            self._read_devices(newer_than)
            self._read_platforms(newer_than)
            self._read_items(newer_than)
            self.version = version
            return version != seen

    def _read_devices(self, since: int) -> None:
        for device in Device.objects.filter(version__gt=since).select_related("enterprise"):
            self._devices[device.device_id] = Sender(
                device_pk=device.pk, device_id=device.device_id, status=device.status,
                enterprise_pk=device.enterprise.pk, enterprise_code=device.enterprise.code,
                profile_name=device.profile, trust=device.trust(),
            )  # fmt: skip

    def _read_platforms(self, since: int) -> None:
        for platform in Platform.objects.filter(version__gt=since).select_related("region"):
            self._devices[platform.platform_id] = Sender(
                device_pk=None, device_id=platform.platform_id, status=platform.status, enterprise_pk=None,
                enterprise_code="", profile_name=platform.profile, platform_pk=platform.pk,
                region_path=platform.region.path, trust=platform.trust(),
            )  # fmt: skip
        rows = Enterprise.objects.filter(version__gt=since).values_list("code", "pk", "region__path")
        self._enterprises.update((code, (pk, path)) for code, pk, path in rows)

    def _read_items(self, since: int) -> None:
        changed = DataItem.objects.filter(version__gt=since).order_by("enterprise_id").iterator()  # not all in memory
        for enterprise_pk, items in groupby(changed, key=attrgetter("enterprise_id")):
            # Replaced as a whole: other threads go on reading those that they have.
            self._put_items(enterprise_pk, {item.data_code: (_rule(item), item.active) for item in items})

    def _put_items(self, enterprise_pk: int, changed: Mapping[str, tuple[ItemRule, bool]]) -> None:
        known = self.rules(enterprise_pk, with_retired=True) | {code: rule for code, (rule, _) in changed.items()}
        active = {code: code in self.rules(enterprise_pk) for code in known}
        active |= {code: is_active for code, (_, is_active) in changed.items()}
        self._rules[enterprise_pk] = ItemRules({code: rule for code, rule in known.items() if active[code]})
        if all(active.values()):
            self._with_retired.pop(enterprise_pk, None)
        else:
            self._with_retired[enterprise_pk] = ItemRules(known)


_current: Snapshot | None = None
_current_lock = threading.Lock()


def get_snapshot() -> Snapshot:
    """Give the snapshot that belongs to the process's open store, not older than a second."""
    global _current  # noqa: PLW0603  one per process, like the store it belongs to
    store = get_store()
    with _current_lock:
        if _current is None or _current.store is not store:
            _current = Snapshot(store)
    _current.glance()
    return _current


def snapshot_at_hand() -> Snapshot | None:
    """Give the snapshot if nobody need wait for it: the store is open, and the last look not much older than a second.

    Who uses it has it refreshed where it is not :attr:`Snapshot.is_fresh`.
    """
    current, store = _current, open_store()
    return current if current is not None and current.store is store and current.is_at_hand else None


def device_saved(**_signal: Any) -> None:
    """Let the next request look at the registry, once the change is committed."""
    transaction.on_commit(_forget_look)


def _forget_look() -> None:
    if _current is not None:
        _current.forget_look()


def _rule(item: DataItem) -> ItemRule:
    return ItemRule(
        item_id=item.pk, scope=item.scope, factor=item.wire_to_base, realtime_s=60 * item.realtime_minutes,
        may_be_negative=item.may_be_negative,
    )  # fmt: skip
