"""Rows of the registry's resources."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from nenghao.hub.open_api.rows import Row, told


class RegionRow(Row):
    """An administrative division (行政区划)."""

    code: str = told("行政区划代码", "GB/T 2260 code", "370600")
    name: str = told("名称", "name", "烟台市")
    level: Literal["nation", "province", "city", "county"] = told("级别", "level", "city")
    parent_code: str | None = told("上级代码", "code of the region above", "370000")


class EnterpriseRow(Row):
    """An enterprise (用能单位)."""

    code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    name: str = told("单位名称", "name", "示例钢铁")
    region_code: str = told("所在行政区划", "region", "370602")
    industry_code: str = told("行业代码 GB/T 4754", "industry", "C3110")
    energy_consume_level: int | None = told("能耗等级 1–6", "class of yearly consumption, 1 to 6", 4)
    is_central: bool = told("央企", "owned by the central government", False)
    is_energy_converter: bool = told("能源加工转换企业", "converts energy for others", False)
    address: str | None = told("地址", "address")
    latitude_deg: float | None = told("纬度 [°]", "latitude [°]")
    longitude_deg: float | None = told("经度 [°]", "longitude [°]")
    is_simulated: bool = told("含模拟数据", "holds simulated data", False)
    active: bool = told("启用", "in use", True)
    registered_at: datetime = told("登记时间", "when it was registered", "2026-03-04T13:06:00+08:00")
    version: int = told("档案版本", "registry version of its last change", 17)


class ProcessRow(Row):
    """A production process (生产工序)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    code: str = told("工序编码", "process code", "04")
    name: str = told("工序名称", "name", "高炉")
    units: int = told("工序单元数", "number of its units", 2)
    version: int = told("档案版本", "registry version of its last change", 18)


class MeterRow(Row):
    """A metering instrument (能源计量器具)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    manage_code: str = told("管理编号", "the enterprise's own number", "E-1")
    name: str = told("名称", "name", "关口表")
    level: int | None = told("级别 1–3（GB 17167）", "level 1 to 3 (GB 17167)", 1)
    type_code: str | None = told("类型编码", "type code")
    data_code: str | None = told("采集数据项", "data item it feeds", "00-00-0000-023300-10")
    model: str | None = told("型号规格", "model")
    manufacturer: str | None = told("生产厂家", "maker")
    accuracy_class: str | None = told("准确度等级", "accuracy class", "0.5S")
    measure_range: str | None = told("测量范围", "range")
    verified_on: date | None = told("最近检定日期", "last verified on", "2025-06-01")
    verify_next_on: date | None = told("下次检定日期", "to be verified by", "2027-06-01")
    state: int | None = told("状态 1 正常 2 故障 3 停用", "1 works, 2 is faulty, 3 is out of use", 1)
    multiplier: float = told("倍率", "multiplier", 1.0)
    version: int = told("档案版本", "registry version of its last change", 19)


class DataItemRow(Row):
    """A collected quantity (采集数据项)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    data_code: str = told("数据项编码", "data code", "00-00-0000-023300-10")
    name: str = told("名称", "name", "总电")
    energy_key: str | None = told("能源品种", "energy; null when it is not one", "electricity")
    unit: str = told("数值单位（存储单位）", "unit of its values here", "kWh")
    wire_unit: str = told("上传单位", "unit on the wire", "万kWh")
    scope: int = told("范围 1 全厂 2 工序 3 工序单元 4 设备", "1 plant, 2 process, 3 unit, 4 equipment", 1)
    stat_types: str = told("须上传的统计类型 0 实时 1 日 2 月 3 年", "due: 0 real-time, 1 day, 2 month, 3 year", "012")
    realtime_minutes: int = told("实时周期 [min]", "length of a real-time period [min]", 15)
    process_code: str | None = told("工序编码", "process", "04")
    counts_in_total: bool = told("计入综合能耗", "counts in the enterprise's total", True)
    is_simulated: bool = told("模拟数据", "simulated", False)
    active: bool = told("启用", "in use", True)
    version: int = told("档案版本", "registry version of its last change", 20)


class DeviceRow(Row):
    """A gateway (端设备); no keys, no addresses."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    device_id: str = told("设备标识", "device identifier", "0f" * 16)
    name: str | None = told("名称", "name", "edge-1")
    status: Literal["pending", "approved", "refused", "revoked"] = told("状态", "status", "approved")
    profile: str = told("协议规格", "protocol profile", "national")
    software_version: str | None = told("软件版本", "software", "nenghao 0.1.0")
    registered_at: datetime = told("注册时间", "when it registered", "2026-03-04T13:06:00+08:00")
    decided_at: datetime | None = told("审批时间", "when it was decided on")
    last_upload_at: datetime | None = told("最近上传", "last upload")
    backlog: int | None = told("端设备积压记录数", "records still waiting at the gateway", 0)
    clock_offset_s: float | None = told("时钟偏差 [s]", "its clock ahead of ours [s]", 0.4)
    version: int = told("档案版本", "registry version of its last change", 21)
