"""Province profiles: what differs between platforms that speak the national dialect, one TOML file each.

Adding a province is adding ``profiles/<name>.toml``.

>>> Profile.load("shandong").encrypts
True
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import msgspec

from nenghao.errors import NenghaoError

RECORD_FIELDS = (
    "dataCode", "dataValue", "inputType", "statType", "statDate", "uploadDate", "scope", "valid", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """One province's way: which fields are encrypted, what ``valid`` means, how many real-time rows a day."""

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
    metering_key: str
    """Key of the list of instruments in ``uploadMeteringData`` (ours: the official key is not known)."""
    send_extensions: bool
    """Whether a sender adds our fields (``state``)."""

    @property
    def encrypts(self) -> bool:
        """Whether a registration hands out a ``secretKey``."""
        return bool(self.encrypted_fields)

    @property
    def realtime_minutes(self) -> int:
        """Length [min] of the period of a real-time row."""
        return 1440 // self.realtime_rows_per_day

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
    text = resources.files("nenghao.protocol").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8")
    return _check(msgspec.convert({"name": name, **tomllib.loads(text)}, Profile))


def _check(profile: Profile) -> Profile:
    unknown = (profile.encrypted_fields | profile.plain_allowed) - set(RECORD_FIELDS)
    if unknown or profile.realtime_rows_per_day not in (24, 48, 96):
        raise NenghaoError(
            "profile-wrong", f"省级配置「{profile.name}」有误", f"province profile {profile.name!r} is wrong",
            field=", ".join(sorted(unknown)) or "realtime_rows_per_day",
            mend_zh="字段须为记录字段，行数须为 24、48 或 96", mend_en="name fields of a record, and 24, 48 or 96 rows",
        )  # fmt: skip
    return profile
