"""The row of monthly figures."""

from __future__ import annotations

from datetime import datetime

from nenghao.hub.open_api.rows import Row, told
from nenghao.hub.open_api.schemas_readings import CellState, FactorStatus


class MonthlyRow(Row):
    """One energy of one enterprise in one month (月度数据): filed, from readings, closed."""

    enterprise_code: str = told("统一社会信用代码", "unified social credit code", "91370600M000100Y4X")
    month: str = told("月份", "month", "2026-03")
    energy_key: str = told("能源品种", "energy", "electricity")
    unit: str | None = told("实物量单位", "unit of the quantities", "kWh")
    supplier_quantity: float | None = told(
        "供能单位结算量，未报为 null", "the supplier's settled quantity; null: not filed"
    )
    purchase_quantity: float | None = told("购进量", "bought")
    opening_stock_quantity: float | None = told("期初库存", "stock at the beginning")
    closing_stock_quantity: float | None = told("期末库存", "stock at the end")
    filed_consumption_quantity: float | None = told("填报消费量", "consumption as filed")
    consumption_quantity: float | None = told("在线数据消费量", "consumption from readings", 123456.0)
    consumption_coal_equivalent_tce: float | None = told(
        "在线数据折标准煤 [tce]", "its coal equivalent [tce]; null without factor", 15.17
    )
    factor_id: str | None = told("折标系数；null 为无或多个", "factor; null: none or several", "gbt2589-2020/电力")
    factor_status: FactorStatus | None = told("系数状态；unverified 即待核", "status; unverified must be shown as 待核")
    measured_ratio: float | None = told("实测占比", "share measured, 0 to 1", 0.96)
    estimated_ratio: float | None = told("估算占比", "share estimated, 0 to 1", 0.03)
    missing_ratio: float | None = told("缺失占比", "share missing, 0 to 1", 0.01)
    state: CellState | None = told("状态；incomplete 部分缺失", "state; incomplete: a part is missing", "incomplete")
    quality_score_points: float | None = told("数据质量得分", "data-quality score of the month", 93.4)
    quality_scheme: str | None = told("评分方案", "scoring scheme", "provincial")
    closed: bool = told("已封账", "the month is closed", True)
    edition: int | None = told("封账版次；null 为从未封账", "edition; null: never closed", 1)
    closed_at: datetime | None = told("封账时间", "when it was closed", "2026-04-08T10:00:00+08:00")
    closed_quantity: float | None = told("封账消费量", "consumption as frozen when closed", 123456.0)
    closed_coal_equivalent_tce: float | None = told("封账折标准煤 [tce]", "coal equivalent as frozen [tce]", 15.17)
