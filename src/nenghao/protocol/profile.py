"""Province profiles: what differs between platforms, one TOML file each, with its own tests inside.

Adding a province is adding ``profiles/<name>.toml``: the keys of :class:`Profile`, and ``[[test]]`` sections with a
record in plain and as it must stand on the wire; one test runs all files.

>>> Profile.load("shandong").encrypts
True
>>> Profile.load("client-certificate").address("register")
'/sx/inf/upload/register'
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import time
from functools import lru_cache
from importlib import resources
from typing import Literal

import msgspec

from nenghao.errors import NenghaoError

RECORD_FIELDS = (
    "dataCode", "dataValue", "inputType", "statType", "statDate", "uploadDate", "scope", "valid", "state",
)  # fmt: skip
OPERATIONS = (
    "register", "versionCheck", "loadConfig", "downloadBaseData", "uploadConfigData", "uploadMeteringData",
    "uploadEnergyData", "downloadConfigData", "downloadData",
)  # fmt: skip
"""The operations of dialect A by the names that the national clients know them by."""


class UploadSlot(msgspec.Struct, frozen=True):
    """The part of the day over which a platform spreads the daily slots (``uploadTime``) of its gateways. Ours.

    >>> UploadSlot(time(0, 30), time(6, 30)).of("91370600MA3C000017")
    datetime.time(5, 6)
    """

    start: time = msgspec.field(name="from")
    until: time

    def of(self, enterprise_code: str) -> time:
        """Give the slot of an enterprise: always the same minute for the same code."""
        first, end = (60 * moment.hour + moment.minute for moment in (self.start, self.until))
        spread = sum(ord(character) * 31**place for place, character in enumerate(enterprise_code))
        minutes = first + spread % max(1, end - first)
        return time(minutes // 60, minutes % 60)


NIGHT = UploadSlot(time(0, 30), time(6, 30))


@dataclass(frozen=True, slots=True)
class Profile:
    """One province's way: how a gateway gets in, where the operations lie, what a record looks like on the wire."""

    name: str
    title_zh: str
    title_en: str
    source: str
    encrypted_fields: frozenset[str]
    """Wire names of the fields of a record that the sender encrypts."""
    plain_allowed: frozenset[str]
    """Those of them that a receiver also takes in plain text."""
    valid_values: frozenset[str]
    invalid_values: frozenset[str]
    realtime_rows_per_day: int
    path_prefix: str
    """Path before the operation's name, without outer slashes: ``nhjc``, ``sx/inf/upload``, or nothing (root)."""
    metering_key: str
    """Key of the list of instruments in ``uploadMeteringData`` (ours: the official key is not known)."""
    send_extensions: bool
    """Whether a sender adds our fields (``state``)."""
    confidence: Literal["P", "C", "S", "I"] = "I"
    """How well the file is founded: primary text, client code, secondhand, or inferred."""
    dialect: Literal["A", "B"] = "A"
    """A: the national one of this package; B: Yunnan's (:mod:`nenghao.protocol.yunnan`)."""
    valid_word: str = "1"
    """What a sender writes for a valid value; a receiver takes all of ``valid_values``."""
    invalid_word: str = "0"
    operations: dict[str, str] = field(default_factory=dict)
    """Names of operations that differ from the national ones: ``{versionCheck = "checkVersion"}``."""
    min_tls: Literal["1.2", "1.3"] = "1.2"
    """The oldest TLS that a gateway of this province speaks by default."""
    client_certificate: bool = False
    """Whether the platform asks for a client certificate."""
    secret_key: bool = False
    """Whether a registration hands out a ``secretKey``."""
    signing: Literal["off", "optional", "required"] = "optional"
    """Whether uploads are signed (ours): not at all, by who asked for a key when registering, or by all."""
    upload_slot: UploadSlot = NIGHT
    second_destination: bool = False
    """Whether a gateway must send to two data centres at the same time (NHJC-06-2018)."""

    @property
    def encrypts(self) -> bool:
        """Whether records have encrypted fields, for which a gateway needs the ``secretKey``."""
        return bool(self.encrypted_fields)

    @property
    def realtime_minutes(self) -> int:
        """Length [min] of the period of a real-time row."""
        return 1440 // self.realtime_rows_per_day

    def operation_name(self, operation: str) -> str:
        """Give the name of an operation in this province's addresses."""
        return self.operations.get(operation, operation)

    def address(self, operation: str) -> str:
        """Give the path of an operation, with the slash before it."""
        return "/" + "/".join(filter(None, (self.path_prefix, self.operation_name(operation))))

    @staticmethod
    def load(name: str) -> Profile:
        """Load a profile by name; raise ``profile-unknown`` for any other word."""
        return _load(name)

    @staticmethod
    def names() -> tuple[str, ...]:
        """Give the names of all profiles, in order."""
        files = resources.files("nenghao.protocol").joinpath("profiles").iterdir()
        return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@lru_cache(maxsize=64)
def _load(name: str) -> Profile:
    if name not in Profile.names():
        raise NenghaoError(
            "profile-unknown", f"没有省级配置「{name[:40]}」", f"no province profile {name[:40]!r}", field="profile",
            mend_zh="可用: " + "、".join(Profile.names()), mend_en="known: " + ", ".join(Profile.names()),
        )  # fmt: skip
    return profile_from(name, profile_text(name))


def profile_text(name: str) -> str:
    """Give a profile's file as it is shipped, with its tests."""
    return resources.files("nenghao.protocol").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")


def profile_from(name: str, text: str) -> Profile:
    """Read a profile from the text of its file; raise ``profile-wrong`` where it cannot hold."""
    try:
        profile = msgspec.convert({"name": name, **tomllib.loads(text)}, Profile)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError) as error:
        raise _wrong(name, str(error)) from None
    problem = _problem(profile)
    if problem:
        raise _wrong(name, problem)
    return profile


def _problem(profile: Profile) -> str:
    """Tell what is wrong with a profile, or nothing."""
    checks = {
        "encrypted_fields": profile.encrypted_fields | profile.plain_allowed <= set(RECORD_FIELDS),
        "realtime_rows_per_day": profile.realtime_rows_per_day in (24, 48, 96),
        "operations": set(profile.operations) <= set(OPERATIONS) or profile.dialect != "A",
        "path_prefix": profile.path_prefix == profile.path_prefix.strip("/"),
        "valid_values": not profile.valid_values & profile.invalid_values,
        "valid_word": profile.valid_word in profile.valid_values,
        "invalid_word": profile.invalid_word in profile.invalid_values,
        "secret_key": profile.secret_key or not profile.encrypts,
        "upload_slot": profile.upload_slot.start < profile.upload_slot.until,
    }
    return ", ".join(name for name, holds in checks.items() if not holds)


def _wrong(name: str, field: str) -> NenghaoError:
    return NenghaoError(
        "profile-wrong", f"省级配置「{name}」有误", f"province profile {name!r} is wrong", record=f"{name}.toml",
        field=field, mend_zh="对照 docs/protocol.md 的省级配置一节改正", mend_en="mend it as docs/protocol.md says",
    )  # fmt: skip
