"""The upload protocol of the national system (端设备接口, dialect A), for both sides; no sockets, no clock.

What the wire
looks like, and which parts of it are ours, is told in ``docs/protocol.md``.
"""

from nenghao.protocol.answers import (
    Answer,
    parse_answer,
    parse_base_data_response,
    parse_register_response,
    parse_version_response,
)
from nenghao.protocol.datacode import DataCode
from nenghao.protocol.enumerations import InputType, Scope, StatType, WireState
from nenghao.protocol.messages import (
    CollectItemConfig,
    EnergyRecord,
    EnterpriseInfo,
    GroupInfo,
    MeteringInfo,
    ProcessInfo,
    ProcessUnitInfo,
    RegisterAnswer,
    Rejection,
    UploadAnswer,
    VersionAnswer,
)
from nenghao.protocol.numbers import base_value, wire_text
from nenghao.protocol.profile import Profile
from nenghao.protocol.requests import (
    JSON_HEADERS,
    build_base_data_request,
    build_config_upload,
    build_energy_upload,
    build_metering_upload,
    build_register_request,
    build_version_check,
)
from nenghao.protocol.sm4 import sm4_decrypt_field, sm4_encrypt_field

__all__ = [
    "JSON_HEADERS", "Answer", "CollectItemConfig", "DataCode", "EnergyRecord", "EnterpriseInfo", "GroupInfo",
    "InputType", "MeteringInfo", "ProcessInfo", "ProcessUnitInfo", "Profile", "RegisterAnswer", "Rejection", "Scope",
    "StatType", "UploadAnswer", "VersionAnswer", "WireState", "base_value", "build_base_data_request",
    "build_config_upload", "build_energy_upload", "build_metering_upload", "build_register_request",
    "build_version_check", "parse_answer", "parse_base_data_response", "parse_register_response",
    "parse_version_response", "sm4_decrypt_field", "sm4_encrypt_field", "wire_text",
]  # fmt: skip
