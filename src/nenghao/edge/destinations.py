"""``[[destination]]``: the platforms that the edge uploads to, each with its own profile, keys, cursor and backlog.

NHJC-06 asks for at least two data centres at the same time. What the first destination says of the enterprise holds
for the others unless they say otherwise; what a destination leaves open is its profile's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from nenghao.drivers.toml_file import ConfigError, config_error
from nenghao.errors import NenghaoError
from nenghao.protocol import Profile

Realtime = Literal["15min", "hour"]
Order = Literal["newest-first", "oldest-first"]

_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SLOT = re.compile(r"platform|immediately|([01]\d|2[0-3]):[0-5]\d")


class DestinationSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[[destination]]``: where to register, as whom, what and when to send, TLS files. Empty means the default."""

    id: str
    register_url: str
    enterprise_code: str = ""
    region_code: str = ""
    profile: str = "national"
    enabled: bool = True
    realtime: Literal["15min", "hour", "profile"] = "profile"
    slot: str = "platform"
    slot_window_s: int = 900
    batch_size: int = 200
    order: Order = "newest-first"
    timeout_s: float = 30.0
    retry_max_s: float = 60.0
    version_check_s: float = 600.0
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    min_tls: Literal["", "1.2", "1.3"] = ""
    pin: str = ""
    pin_file: str = ""
    form: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class DestinationPlan:
    """A destination ready for work: its section with every default filled in, and its profile."""

    section: DestinationSection
    profile: Profile

    @property
    def id(self) -> str:
        """Its name in configuration, ledger and status."""
        return self.section.id

    @property
    def dialect(self) -> str:
        """What its platform speaks: the profile's ``dialect``."""
        return self.profile.dialect

    @property
    def min_tls(self) -> str:
        """The least version of TLS: the file's word, or the profile's."""
        return self.section.min_tls or self.profile.min_tls

    @property
    def realtime(self) -> Realtime:
        """The period of its real-time rows: the file's word, or the profile's 96 or 24 rows a day."""
        asked = self.section.realtime
        if asked != "profile":
            return asked
        return "hour" if self.profile.realtime_rows_per_day == 24 else "15min"

    @property
    def kinds(self) -> dict[int, int]:
        """Which interval kind (position in ``ledger.KINDS``) feeds which statistic type here."""
        return {1 if self.realtime == "hour" else 0: 0, 2: 1, 3: 2, 4: 3}


def destination_plans(path: Path, sections: list[DestinationSection]) -> dict[str, DestinationPlan]:
    """Check the list and fill in the defaults; give the enabled destinations by id, in the file's order."""
    if not any(section.enabled for section in sections):
        raise config_error(
            path, "destination", "没有启用的上传目的地", "no destination is enabled",
            mend_zh="至少写一个 [[destination]]", mend_en="write at least one [[destination]]",
        )  # fmt: skip
    known: set[str] = set()
    plans = {}
    for index, section in enumerate(sections):
        if section.id in known:
            raise _refused(path, f"destination[{index}].id", "每个编号只用一次 / use every id once")
        known.add(section.id)
        plan = _plan(path, f"destination[{index}]", section, sections[0])
        if section.enabled:
            plans[section.id] = plan
    return plans


def _plan(path: Path, key: str, section: DestinationSection, first: DestinationSection) -> DestinationPlan:
    try:
        profile = Profile.load(section.profile)
    except NenghaoError as error:
        raise config_error(
            path, f"{key}.profile", error.message_zh, error.message_en, mend_zh=error.mend_zh, mend_en=error.mend_en
        ) from None
    filled = msgspec.structs.replace(
        section,
        enterprise_code=section.enterprise_code or first.enterprise_code,
        region_code=section.region_code or first.region_code,
    )
    _check(path, key, filled, profile)
    return DestinationPlan(filled, profile)


def _check(path: Path, key: str, section: DestinationSection, profile: Profile) -> None:
    is_https = section.register_url.startswith("https://")
    faults = (
        ("id", bool(_ID.fullmatch(section.id)), "字母、数字、- 和 _ / letters, digits, - and _"),
        ("register_url", section.register_url.startswith(("http://", "https://")), "http(s)://…"),
        ("enterprise_code", len(section.enterprise_code) == 18, "18 位统一社会信用代码 / 18 characters"),
        ("region_code", bool(section.region_code), "行政区划代码 / GB/T 2260"),
        ("batch_size", 1 <= section.batch_size <= 5000, "1–5000"),
        ("slot", bool(_SLOT.fullmatch(section.slot)), 'platform, immediately, "HH:MM"'),
        ("slot_window_s", 0 <= section.slot_window_s <= 21_600, "0–21600 s"),
        ("client_cert", bool(section.client_cert) or not section.client_key, "证书 / goes with client_key"),
        (
            "client_cert",
            bool(section.client_cert) or not (is_https and profile.client_certificate),
            "该省要求客户端证书（PEM） / this province asks for a client certificate (PEM)",
        ),
        ("pin", not section.pin or bool(re.fullmatch(r"\d{6}", section.pin)), "6 位数字 / six digits"),
    )
    for name, good, mend in faults:
        if not good:
            raise _refused(path, f"{key}.{name}", mend)


def _refused(path: Path, key: str, mend: str) -> ConfigError:
    return config_error(path, key, "取值不允许", "value is not allowed", mend_zh=mend, mend_en=mend)
