"""Rows of readings, rollups and totals."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from nenghao.hub.open_api.rows import Row, told

STAT_TYPES = ("realtime", "day", "month", "year")
STATES = ("measured", "estimated", "missing")
StatType = Literal["realtime", "day", "month", "year"]
State = Literal["measured", "estimated", "missing"]
CellState = Literal["measured", "estimated", "missing", "incomplete"]
FactorStatus = Literal["published", "secondhand", "unverified"]
CODE, TIME = "91370600M000100Y4X", "2026-03-04T13:15:00+08:00"


class Shares(Row):
    """Shares of the period's time."""

    measured_ratio: float = told("实测占比", "share measured, 0 to 1", 0.96)
    estimated_ratio: float = told("估算占比", "share estimated, 0 to 1", 0.03)
    missing_ratio: float = told("缺失占比", "share missing, 0 to 1", 0.01)
    state: CellState = told("状态；incomplete 部分缺失", "state; incomplete: a part is missing", "incomplete")


class ReadingRow(Row):
    """The current version of a reading (读数)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", CODE)
    data_code: str = told("数据项编码", "data code", "00-00-0000-023300-10")
    energy_key: str | None = told("能源品种", "energy; null when it is not one", "electricity")
    stat_type: StatType = told("统计类型", "statistic type", "realtime")
    period_start: datetime = told("时段起点", "start of its period", TIME)
    value: float | None = told("数值，缺失为 null", "value; null when missing", 123.0)
    unit: str = told("数值单位", "unit of the value", "kWh")
    state: State = told("状态", "state", "measured")
    input_type: int = told("采集来源（协议 inputType）", "source (inputType of the protocol)", 1)
    version: int = told("版本号（全库递增）", "number of the version, rising over the whole store", 4711)
    versions: int = told("已有版本数", "versions of this reading so far", 1)
    stands: bool = told("人工核定，后续上传不覆盖", "decided by persons: later uploads do not replace it", False)
    received_at: datetime = told("接收时间", "when it was received", TIME)
    source: str = told("来源：upload 上传，manual 人工", "upload or manual", "upload")


class VersionRow(Row):
    """One version of a reading (读数版本)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", CODE)
    data_code: str = told("数据项编码", "data code", "00-00-0000-023300-10")
    stat_type: StatType = told("统计类型", "statistic type", "realtime")
    period_start: datetime = told("时段起点", "start of its period", TIME)
    version: int = told("版本号", "number of the version", 4711)
    is_current: bool = told("现行版本", "the one that counts", True)
    value: float | None = told("数值，缺失为 null", "value; null when missing", 123.0)
    unit: str = told("数值单位", "unit of the value", "kWh")
    state: State = told("状态", "state", "measured")
    input_type: int = told("采集来源（协议 inputType）", "source (inputType of the protocol)", 1)
    stands: bool = told("人工核定", "decided by persons", False)
    received_at: datetime = told("接收时间", "when it was received", TIME)
    source: str = told("来源：upload 上传，manual 人工", "upload or manual", "upload")
    method: str | None = told("补正方法", "method of a correction", "linear")
    reason: str | None = told("补正理由", "reason of a correction")


class RollupRow(Shares):
    """One energy of one enterprise in one period (汇总)."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", CODE)
    energy_key: str = told("能源品种", "energy", "electricity")
    period_start: datetime = told("时段起点", "start of the period", "2026-03-01T00:00:00+08:00")
    quantity: float | None = told("实物量，未知为 null", "quantity; null when nothing is known", 123456.0)
    unit: str | None = told("实物量单位", "unit of the quantity", "kWh")
    coal_equivalent_tce: float | None = told(
        "折标准煤 [tce]，无系数为 null", "coal equivalent [tce]; null without quantity or factor", 15.17
    )
    factor_id: str | None = told("折标系数；null 为无或多个", "factor; null: none or several", "gbt2589-2020/电力")
    factor_status: FactorStatus | None = told(
        "系数状态；unverified 即待核", "status of the factor; unverified must be shown as 待核", "secondhand"
    )
    items: int = told("计入的数据项数", "data items in it", 3)


class TotalRow(Shares):
    """One energy of a region in one period (地区合计)."""

    region_code: str = told("行政区划代码", "region", "370600")
    energy_key: str = told("能源品种", "energy", "electricity")
    period_start: datetime = told("时段起点", "start of the period", "2026-03-01T00:00:00+08:00")
    quantity: float | None = told("实物量", "quantity", 123456.0)
    unit: str | None = told("实物量单位", "unit of the quantity", "kWh")
    coal_equivalent_tce: float | None = told("折标准煤 [tce]", "coal equivalent [tce]", 15.17)
    unconverted: int = told("有实物量而无系数的单位数", "enterprises with a quantity that no factor converts", 0)
    factor_status: FactorStatus | None = told(
        "最弱的系数状态；unverified 即待核", "the weakest status; unverified must be shown as 待核", "secondhand"
    )
    enterprises: int = told("有数据的单位数", "enterprises with data", 42)
