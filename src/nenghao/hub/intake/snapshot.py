"""What the hot path must know of the registry, in memory: devices, and the data items of each enterprise.

Kept current by the registry's version number: a look at one row tells whether anything changed, and only rows with a
newer version are read. The look happens once a second, when a device is saved in this process, and before anything is
refused for a reason that the registry could have mended in the meantime.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import transaction

from nenghao.hub.intake.limits import MinuteLimit
from nenghao.hub.registry.models import DataItem, Device
from nenghao.hub.registry.sync import refresh as push_to_store
from nenghao.hub.seals import unseal
from nenghao.hub.store import get_store
from nenghao.protocol import ItemRule, Profile
from nenghao.readings import ReadingStore

LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Sender:
    """A device as the intake sees it."""

    device_pk: int
    device_id: str
    status: str
    enterprise_pk: int
    enterprise_code: str
    profile_name: str
    sealed_key: str

    @property
    def profile(self) -> Profile:
        """The province profile that the device registered under."""
        return Profile.load(self.profile_name)

    @property
    def secret_key(self) -> str:
        """The SM4 key, 32 hex digits, or nothing."""
        return _unsealed(self.sealed_key)


@lru_cache(maxsize=10_000)
def _unsealed(sealed: str) -> str:
    return unseal(sealed)


class Snapshot:
    """Devices and item rules as of one registry version; :meth:`refresh` brings in what changed since."""

    def __init__(self, store: ReadingStore) -> None:
        self.store = store
        self.version = -1
        self._devices: dict[str, Sender] = {}
        self._rules: dict[int, dict[str, ItemRule]] = {}
        self._looked_at = 0.0
        self._lock = threading.Lock()
        self.unapproved, self.registrations = MinuteLimit(), MinuteLimit()

    def device(self, device_id: str) -> Sender | None:
        """Give a device by its wire identity."""
        return self._devices.get(device_id)

    def rules(self, enterprise_pk: int) -> dict[str, ItemRule]:
        """Give the active data items of an enterprise by data code."""
        return self._rules.get(enterprise_pk, {})

    def glance(self) -> None:
        """Refresh if the last look is a second old; the first look is waited for by all."""
        if self.version < 0 or time.monotonic() - self._looked_at > LOOK_EVERY_S:
            self.refresh()

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
                self._devices, self._rules = {}, {}
            self._read_devices(newer_than)
            self._read_items(newer_than)
            self.version = version
            return version != seen

    def _read_devices(self, since: int) -> None:
        for device in Device.objects.filter(version__gt=since).select_related("enterprise"):
            self._devices[device.device_id] = Sender(
                device_pk=device.pk, device_id=device.device_id, status=device.status,
                enterprise_pk=device.enterprise.pk, enterprise_code=device.enterprise.code,
                profile_name=device.profile, sealed_key=device.sealed_secret_key,
            )  # fmt: skip

    def _read_items(self, since: int) -> None:
        for item in DataItem.objects.filter(version__gt=since):
            rules = self._rules.setdefault(item.enterprise_id, {})
            if item.active:
                rules[item.data_code] = _rule(item)
            else:
                rules.pop(item.data_code, None)


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
