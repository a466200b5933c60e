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
from nenghao.protocol.checks import Checked, ItemRule, ItemRules, check_records
from nenghao.protocol.datacode import DataCode
from nenghao.protocol.decoding import (
    MessageError,
    Upload,
    decode_object,
    decode_upload,
    decrypt_upload,
    listed,
    required_text,
)
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
from nenghao.protocol.recovery import (
    ConfigDownload,
    DataDownload,
    DownloadedRecord,
    LoadConfig,
    build_config_download,
    build_data_download,
    build_load_config,
    parse_config_download,
    parse_data_download,
    parse_load_config,
)
from nenghao.protocol.rejections import refuse
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
    "JSON_HEADERS",
    "Answer",
    "Checked",
    "CollectItemConfig",
    "ConfigDownload",
    "DataCode",
    "DataDownload",
    "DownloadedRecord",
    "EnergyRecord",
    "EnterpriseInfo",
    "GroupInfo",
    "InputType",
    "ItemRule",
    "ItemRules",
    "LoadConfig",
    "MessageError",
    "MeteringInfo",
    "ProcessInfo",
    "ProcessUnitInfo",
    "Profile",
    "RegisterAnswer",
    "Rejection",
    "Scope",
    "StatType",
    "Upload",
    "UploadAnswer",
    "VersionAnswer",
    "WireState",
    "base_value",
    "build_base_data_request",
    "build_config_download",
    "build_config_upload",
    "build_data_download",
    "build_energy_upload",
    "build_load_config",
    "build_metering_upload",
    "build_register_request",
    "build_version_check",
    "check_records",
    "decode_object",
    "decode_upload",
    "decrypt_upload",
    "listed",
    "parse_answer",
    "parse_base_data_response",
    "parse_config_download",
    "parse_data_download",
    "parse_load_config",
    "parse_register_response",
    "parse_version_response",
    "refuse",
    "required_text",
    "sm4_decrypt_field",
    "sm4_encrypt_field",
    "wire_text",
]
