"""The messages of the national dialect as msgspec structs: Python names here, the wire's camelCase in JSON.

Unknown fields are ignored on decoding, as real clients send whole entities. Fields marked *ours* are extensions that a
receiver may ignore. Source of the fields: the tables of ``docs/protocol.md``.
"""

from __future__ import annotations

from typing import Any

import msgspec

SUCCESS, FAILURE = "0", "1"
RECEIVED = "RECEIVE SUCCESS"


class Message(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """Base of all messages: camelCase names, defaults left out."""


class EnergyRecord(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """One value of one period (``uploadEnergyData.data[]``). A sender writes strings; a receiver takes numbers too.

    ``data_value`` is in the dictionary unit of the energy type (万kWh …); ``stat_date`` is the period's start,
    ``yyyy-MM-dd HH:mm:ss`` in Beijing time; ``upload_date`` is set at each attempt to send; ``state`` is ours.
    ``valid`` left out counts as valid. For a builder ``"1"`` and true mean valid: it writes the profile's own word.
    """

    data_code: str
    data_value: str | int | float | None
    input_type: str | int
    stat_type: str | int
    stat_date: str
    upload_date: str | None = None
    scope: str | int
    valid: str | int | bool | None = None
    state: str | None = None


class EnergyUpload(msgspec.Struct, rename="camel", kw_only=True):
    """``uploadEnergyData``: the batch of one device.

    ``backlog`` is ours: how many records still wait at the gateway after this request. Whatever else stands there is
    passed over, so that it never costs a batch.
    """

    device_id: str
    enterprise_code: str
    data: list[EnergyRecord]
    backlog: Any = None


class RegisterRequest(Message):
    """``register``: who asks.

    Ours: ``client_id``, a random text that the gateway keeps and never shares; ``signing``, ``"hmac-sm3"`` from a
    gateway that can sign its calls, which is then given a ``sign_key``.
    """

    enterprise_code: str
    region: str
    client_id: str = ""
    signing: str = ""


class RegisterAnswer(Message):
    """Answer to ``register``: the identity of the device, the addresses of all other calls, the daily slot, the keys.

    ``secret_key`` (32 hexadecimal digits) encrypts fields, ``sign_key`` (ours, 64) signs calls.
    """

    response_code: str
    response_message: str
    device_id: str = ""
    load_config_url: str = msgspec.field(name="loadConfigURL", default="")
    load_dic_version_url: str = msgspec.field(name="loadDicVersionURL", default="")
    center_info_url: str = msgspec.field(name="centerInfoURL", default="")
    center_data_url: str = msgspec.field(name="centerDataURL", default="")
    center_metering_data_url: str = msgspec.field(name="centerMeteringDataURL", default="")
    download_base_data_url: str = msgspec.field(name="downloadBaseDataURL", default="")
    center_info_download_url: str = msgspec.field(name="centerInfoDownloadURL", default="")
    center_data_download_url: str = msgspec.field(name="centerDataDownloadURL", default="")
    upload_digest_url: str = msgspec.field(name="uploadDigestURL", default="")
    upload_time: str = ""
    secret_key: str = ""
    sign_key: str = ""


class DeviceRequest(Message):
    """``versionCheck`` and ``loadConfig``: only the device."""

    device_id: str


class BaseDataRequest(Message):
    """``downloadBaseData``. Ours: which dictionaries, and the versions that the gateway has of them."""

    device_id: str
    dictionaries: list[str] = []
    versions: dict[str, str] = {}


class VersionAnswer(Message):
    """Answer to ``versionCheck``; a gateway downloads again what has a new version.

    ``dic_versions`` is ours: the version of each dictionary by name.
    """

    response_code: str
    response_message: str
    reg_version: str = ""
    dic_version: str = ""
    dic_versions: dict[str, str] = {}


class CollectItemConfig(Message):
    """采集数据项: one row per statistic type. ``code`` is another name of ``data_code``, which some clients send.

    Ours: ``realtime_minutes``, ``may_be_negative``; from a platform below also ``counts_in_total``, ``is_simulated``,
    ``active``.
    """

    name: str
    process_code: str
    process_unit_code: str
    equipment_code: str
    equipment_unit_code: str
    energy_class_code: str
    energy_type_code: str
    data_usage_code: str
    input_type: str
    stat_type: str
    scope: str
    data_code: str = ""
    code: str = ""
    data_value_max: str = ""
    data_value_min: str = ""
    collect_system_name: str = ""
    remark: str = ""
    realtime_minutes: str = ""
    may_be_negative: str = ""
    counts_in_total: str = ""
    is_simulated: str = ""
    active: str = ""


class EnterpriseInfo(Message):
    """用能单位基本信息; ``code`` and ``corporation_code`` both hold the 统一社会信用代码.

    ``is_simulated`` and ``active`` are ours, taken from a platform below.
    """

    code: str
    name: str
    type_code: str
    type_name: str
    industry_code: str
    region_code: str
    region_name: str
    center: str
    corporation_code: str
    jgzh: str
    energy_consume_level: str
    latitude: str
    longitude: str
    phone: str
    fax: str = ""
    email: str = ""
    address: str = ""
    zip_code: str = ""
    url: str = ""
    field_code: str = ""
    field_name: str = ""
    corporation_name: str = ""
    register_date: str = ""
    register_principal: str = ""
    energy_office: str = ""
    energy_official: str = ""
    energy_official_position: str = ""
    energy_official_phone: str = ""
    energy_pass: str = ""
    energy_resp_name: str = ""
    energy_resp_phone: str = ""
    pass_date: str = ""
    pass_org: str = ""
    production_line: str = ""
    leading_product: str = ""
    remark: str = ""
    is_simulated: str = ""
    active: str = ""


class GroupInfo(Message):
    """所属集团."""

    name: str = ""
    address: str = ""
    remark: str = ""


class ProcessInfo(Message):
    """生产工序; ``system`` is true for one of the platform's dictionary."""

    process_code: str
    process_name: str
    industry_code: str = ""
    remark: str = ""
    system: str = ""


class ProcessUnitInfo(Message):
    """工序单元."""

    code: str
    name: str
    process_code: str
    process_name: str = ""
    comm_date: str = ""
    designed_capacity: str = ""


class MeteringInfo(Message):
    """计量器具 (GB 17167): one instrument and the collect item it feeds."""

    metering_name: str
    manage_code: str
    metering_type: str = ""
    metering_level: str = ""
    metering_parameter: str = ""
    data_code: str = ""
    data_code_calculate: str = ""
    data_code_ratio: str = ""
    manu_facturer: str = ""
    type_specification: str = ""
    accuracy_level: str = ""
    measure_range: str = ""
    calibration_state: str = ""
    calibration_cycle: str = ""
    lately_calibration: str = ""
    inspection_organization: str = ""
    next_calibration: str = ""
    not_calibration: str = ""
    installation_site: str = ""
    install_org: str = ""
    install_date: str = ""
    usr_system: str = ""
    measure_state: str = ""
    measure_state_date: str = ""


class ConfigUpload(Message):
    """``uploadConfigData``."""

    device_id: str
    enterprise_code: str
    collect_item_config: list[CollectItemConfig] = []
    enterprise: EnterpriseInfo | None = None
    group: GroupInfo | None = None
    process: list[ProcessInfo] = []
    process_unit: list[ProcessUnitInfo] = []


class Rejection(msgspec.Struct, rename="camel", kw_only=True, frozen=True):
    """Why one record (or, with ``index`` -1, the whole message) was refused, and what mends it. Ours."""

    index: int
    code: str
    data_code: str = ""
    stat_type: str = ""
    stat_date: str = ""
    field: str = ""
    message_zh: str = ""
    message_en: str = ""
    mend_zh: str = ""
    mend_en: str = ""


class UploadAnswer(Message):
    """Answer to an upload; ``accepted``, ``rejected``, ``batch`` and ``retry_after`` [s] are ours."""

    response_code: str
    response_message: str
    accepted: int | None = None
    rejected: list[Rejection] = []
    batch: int | None = None
    retry_after: int | None = None
