"""The tables of the account pages as Excel files."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from nenghao.accounting.balance import FinalUse
from nenghao.hub.energy_accounts.balance_page import BalancePage, use_name
from nenghao.hub.energy_accounts.enterprise import EnterpriseAccount
from nenghao.hub.energy_accounts.pages import flow_name
from nenghao.hub.energy_accounts.region import GroupRow, RegionAccounts
from nenghao.hub.monitoring.energies import energy_name, energy_unit
from nenghao.hub.monitoring.exports import Sheet
from nenghao.reporting import Column
from nenghao.reporting.workbook import Value


def _compared() -> list[Column]:
    return [
        Column(_("综合能耗（当量值）"), "tce", "tce"), Column(_("综合能耗（等价值）"), "tce", "tce"),
        Column(_("前期（当量值）"), "tce", "tce"), Column(_("上年同期（当量值）"), "tce", "tce"),
        Column(_("占比"), "percent"),
    ]  # fmt: skip


def energy_sheet(page: RegionAccounts) -> Sheet:
    """What counts by energy."""
    columns = [Column(_("能源品种")), Column(_("计入数量"), "number"), Column(_("单位")), *_compared()]
    rows: list[list[Value]] = [
        [energy_name(row.energy_key), row.net, energy_unit(row.energy_key), row.figure.tce, row.figure.equivalent,
         row.figure.before, row.figure.year_before, row.share]
        for row in page.energies
    ]  # fmt: skip
    return Sheet("energies", _("分品种综合能耗"), columns, rows)


def group_sheet(name: str, title: str, groups: Sequence[GroupRow]) -> Sheet:
    """What counts by place or industry."""
    columns = [Column(_("代码")), Column(title), Column(_("用能单位数"), "integer"), *_compared()]
    rows: list[list[Value]] = [
        [row.key, row.name, row.enterprises, row.figure.tce, row.figure.equivalent, row.figure.before,
         row.figure.year_before, row.share]
        for row in groups
    ]  # fmt: skip
    return Sheet(name, title, columns, rows)


def region_sheet(page: RegionAccounts, table: str) -> Sheet:
    """Give one table of the region's page; ``KeyError`` for a table it does not have."""
    return {
        "energies": lambda: energy_sheet(page),
        "industries": lambda: group_sheet("industries", _("行业"), page.industries),
        "subregions": lambda: group_sheet("subregions", _("地区"), page.subregions),
    }[table]()


def account_sheet(page: EnterpriseAccount) -> Sheet:
    """The account by energy: flows, net, factor with its clause, both bases."""
    columns = [
        Column(_("能源品种")), Column(_("单位")), *(Column(flow_name(flow), "number") for flow in page.flows),
        Column(_("计入数量"), "number"), Column(_("计法")), Column(_("折标系数"), "factor"), Column(_("系数出处")),
        Column(_("状态")), Column(_("综合能耗（当量值）"), "tce", "tce"), Column(_("综合能耗（等价值）"), "tce", "tce"),
        Column(_("平衡差"), "number"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [energy_name(line.energy.energy_key), line.energy.unit, *line.quantities, line.energy.net, line.method,
         line.kgce, f"{line.rate.citation} {line.rate.clause}".strip() if line.rate else "", line.status,
         line.energy.tce_calorific, line.energy.tce_equivalent, line.energy.imbalance]
        for line in page.lines
    ]  # fmt: skip
    rows.append([
        _("综合能耗"), "", *[None] * (len(page.flows) + 5), page.figure.tce, page.figure.equivalent, None
    ])  # fmt: skip
    notes = [(_("定义"), page.account.rules.name_zh), (_("算式"), page.account.rules.formula_zh)]
    return Sheet("account", _("综合能耗核算"), columns, rows, notes)


def balance_sheet(page: BalancePage) -> Sheet:
    """The balance by energy, in the unit that is shown."""
    uses = [use for use in FinalUse if any(use in row.final for row in page.rows)]
    columns = [
        Column(_("能源品种")), Column(_("单位")), Column(_("购进"), "number"), Column(_("期初库存"), "number"),
        Column(_("期末库存"), "number"), Column(_("加工转换产出"), "number"), Column(_("回收利用"), "number"),
        Column(_("加工转换投入"), "number"), Column(_("输送分配损失"), "number"), Column(_("外供"), "number"),
        *(Column(f"{_('最终使用')}：{use_name(use)}", "number") for use in uses), Column(_("平衡差"), "number"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [energy_name(row.energy_key), row.unit, row.purchased, row.opening_stock, row.closing_stock, row.produced,
         row.recovered, row.transformed, row.lost, row.exported, *(row.final.get(use) for use in uses), row.imbalance]
        for row in page.rows
    ]  # fmt: skip
    return Sheet("balance", _("能源平衡表"), columns, rows)
