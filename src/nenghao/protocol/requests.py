"""What the gateway sends: pure builders of request bodies; the caller does the sockets.

The order of calls is ``register`` → ``versionCheck`` → ``downloadBaseData`` → ``uploadConfigData`` →
``uploadMeteringData`` → ``uploadEnergyData``. Only the register address is configured; all others come with its answer.

>>> build_version_check("ab" * 16)
b'{"deviceId":"abababababababababababababababab"}'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from nenghao.errors import NenghaoError
from nenghao.periods import wall
from nenghao.protocol.messages import (
    BaseDataRequest,
    CollectItemConfig,
    ConfigUpload,
    DeviceRequest,
    EnergyRecord,
    EnterpriseInfo,
    GroupInfo,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
    RegisterRequest,
)
from nenghao.protocol.profile import RECORD_FIELDS, Profile
from nenghao.protocol.sm4 import sm4_encrypt_fields

VALID = frozenset({"1", "true"})
"""What means valid to a caller here, whatever the province writes for it."""
JSON_HEADERS = {"Content-Type": "application/json;charset=UTF-8"}


def build_register_request(enterprise_code: str, region: str, client_id: str = "", signing: str = "") -> bytes:
    """Build ``register``. ``client_id`` (ours) is the gateway's own random text: the same text gets the same device.

    ``signing="hmac-sm3"`` (ours) asks for a ``signKey``: see :mod:`nenghao.protocol.signing`.
    """
    return msgspec.json.encode(
        RegisterRequest(enterprise_code=enterprise_code, region=region, client_id=client_id, signing=signing)
    )


def build_version_check(device_id: str) -> bytes:
    """Build ``versionCheck``."""
    return msgspec.json.encode(DeviceRequest(device_id=device_id))


def build_base_data_request(
    device_id: str, *, dictionaries: Iterable[str] = (), versions: Mapping[str, str] | None = None
) -> bytes:
    """Build ``downloadBaseData``. Ours: only these ``dictionaries``, and only what is not of these ``versions``.

    >>> build_base_data_request("ab", versions={"processes": "0123456789abcdef"})
    b'{"deviceId":"ab","versions":{"processes":"0123456789abcdef"}}'
    """
    return msgspec.json.encode(
        BaseDataRequest(device_id=device_id, dictionaries=list(dictionaries), versions=dict(versions or {}))
    )


def build_config_upload(
    device_id: str,
    enterprise_code: str,
    *,
    items: Iterable[CollectItemConfig] = (),
    enterprise: EnterpriseInfo | None = None,
    group: GroupInfo | None = None,
    processes: Iterable[ProcessInfo] = (),
    process_units: Iterable[ProcessUnitInfo] = (),
) -> bytes:
    """Build ``uploadConfigData``: one row of ``items`` per data item and statistic type; empty lists are sent."""
    message = ConfigUpload(
        device_id=device_id, enterprise_code=enterprise_code, collect_item_config=list(items), enterprise=enterprise,
        group=group, process=list(processes), process_unit=list(process_units),
    )  # fmt: skip
    content = {"collectItemConfig": [], "process": [], "processUnit": []} | msgspec.to_builtins(message)
    return msgspec.json.encode({name: content[name] for name in message.__struct_encode_fields__ if name in content})


def build_metering_upload(
    device_id: str, enterprise_code: str, meters: Iterable[MeteringInfo], profile: Profile
) -> bytes:
    """Build ``uploadMeteringData``; the key of the list is the profile's ``metering_key``."""
    return msgspec.json.encode(
        {"deviceId": device_id, "enterpriseCode": enterprise_code, profile.metering_key: list(meters)}
    )


def build_energy_upload(
    records: Sequence[EnergyRecord],
    profile: Profile,
    *,
    secret_key: str,
    device_id: str,
    enterprise_code: str,
    upload_date: datetime,
    backlog: int | None = None,
) -> bytes:
    """Build ``uploadEnergyData``: stamp every record with ``upload_date`` (aware) and encrypt as the profile says.

    ``backlog`` (ours) is how many records still wait after this request; the platform shows it to its officers.
    ``records`` are not changed: the same ones can be sent again with a later ``upload_date``.
    """
    sent_at = wall(upload_date).strftime("%Y-%m-%d %H:%M:%S")
    rows = [_wire_row(record, sent_at, profile) for record in records]
    if profile.encrypts:
        _encrypt(rows, profile, secret_key)
    message: dict[str, object] = {"deviceId": device_id, "enterpriseCode": enterprise_code, "data": rows}
    if profile.send_extensions and backlog is not None:
        message["backlog"] = backlog
    return msgspec.json.encode(message)


def _wire_row(record: EnergyRecord, sent_at: str, profile: Profile) -> dict[str, str]:
    row = {key: _text(value) for key, value in msgspec.to_builtins(record).items() if value is not None}
    row["uploadDate"] = sent_at
    row["valid"] = profile.valid_word if row.get("valid", "1") in VALID else profile.invalid_word
    if not profile.send_extensions:
        row.pop("state", None)
    return {key: row[key] for key in RECORD_FIELDS if key in row}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value if isinstance(value, str) else repr(value)


def _encrypt(rows: list[dict[str, str]], profile: Profile, secret_key: str) -> None:
    if not secret_key:
        raise NenghaoError(
            "key-missing", f"「{profile.title_zh}」要求加密，但没有 secretKey",
            f"profile {profile.name} encrypts, but there is no secretKey", field="secretKey",
            mend_zh="重新注册以取得 secretKey", mend_en="register again to get a secretKey",
        )  # fmt: skip
    places = [(row, key) for row in rows for key in row if key in profile.encrypted_fields]
    secret = sm4_encrypt_fields([row[key] for row, key in places], secret_key)
    for (row, key), text in zip(places, secret, strict=True):
        row[key] = text
