"""A gateway's conversation with the platform under check: what it knows of it, how it builds and signs its calls."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlsplit

from nenghao.cli.conformance import sample
from nenghao.cli.conformance.probe import Exchange, Probe
from nenghao.cli.conformance.report import Report
from nenghao.protocol import (
    EnergyRecord,
    Profile,
    RegisterAnswer,
    build_config_upload,
    build_energy_upload,
)
from nenghao.protocol.signing import signed_headers


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """What the caller asked for. ``url`` is the register address, or the base address for dialect B."""

    url: str
    profile: Profile
    enterprise_code: str
    region: str
    client_id: str = ""
    data_code: str = sample.DATA_CODE
    day: date = sample.DAY
    big_batch: int = 1000
    wait_s: float = 0.0
    dry_run: bool = False
    items_only: bool = False
    ca_file: str = ""
    pin: str = "000000"


@dataclass(slots=True)
class Talk:
    """State of the conversation. ``now`` gives aware time, ``tell`` speaks to the person who runs the check."""

    plan: CheckPlan
    probe: Probe
    report: Report
    now: Callable[[], datetime]
    tell: Callable[[str, str], None]
    registered: RegisterAnswer = field(default_factory=lambda: RegisterAnswer(response_code="", response_message=""))
    sent: list[EnergyRecord] = field(default_factory=list)

    @property
    def profile(self) -> Profile:
        """The province profile that the platform is said to follow."""
        return self.plan.profile

    def post(self, url: str, body: bytes, *, signed: bool = True) -> Exchange:
        """Post a body, signed where the platform gave a key for it."""
        headers = self.signature(url, body) if signed and self.registered.sign_key else None
        return self.probe.post(url, body, headers)

    def signature(self, url: str, body: bytes) -> dict[str, str]:
        """Give the headers that sign a body."""
        path, moment = urlsplit(url).path, self.now().timestamp()
        return signed_headers(self.registered.sign_key, path, body, now=moment, nonce=secrets.token_hex(16))

    def who(self, **more: object) -> bytes:
        """Give a body of device and enterprise."""
        known = {"deviceId": self.registered.device_id, "enterpriseCode": self.plan.enterprise_code}
        return json.dumps({**known, **more}, ensure_ascii=False).encode()

    def energy_body(self, records: Sequence[EnergyRecord]) -> bytes:
        """Build ``uploadEnergyData`` as the profile says."""
        return build_energy_upload(
            records, self.profile, secret_key=self.registered.secret_key, device_id=self.registered.device_id,
            enterprise_code=self.plan.enterprise_code, upload_date=self.now(),
        )  # fmt: skip

    def energy(self, body: bytes) -> Exchange:
        """Post to the address for data."""
        return self.post(self.registered.center_data_url, body)

    def config_body(self) -> bytes:
        """Build ``uploadConfigData``: the item of the check, and basic information unless only items are asked for."""
        plan = self.plan
        enterprise = None if plan.items_only else sample.enterprise_info(plan.enterprise_code, plan.region)
        return build_config_upload(
            self.registered.device_id, plan.enterprise_code, items=sample.item_rows(plan.data_code),
            enterprise=enterprise,
        )  # fmt: skip
