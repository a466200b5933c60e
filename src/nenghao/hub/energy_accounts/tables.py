"""The table of a region's enterprises: sorted, filtered, paged and exported by its address."""

from __future__ import annotations

from django.utils.translation import gettext as _

from nenghao.hub.energy_accounts.region import RegionAccounts
from nenghao.hub.listing import Filter, ListColumn, Listing


def enterprise_listing(page: RegionAccounts) -> Listing:
    """List the enterprises with an account in the period, the largest first."""
    rows = sorted(page.enterprises, key=lambda row: -(row.tce or 0.0))
    industries = sorted({row.industry for row in rows})
    return Listing(
        title=_("用能单位综合能耗"), rows=rows, search=("name", "code"),
        filters=(
            Filter("industry", _("行业"), "industry", [(name, name) for name in industries]),
            Filter("state", _("需要关注"), "state", [
                ("unbalanced", _("平衡差超限")), ("incomplete", _("有缺项")), ("no-equivalent", _("无等价值")),
            ]),
        ),
        notes={_("地区"): page.region.name, _("时段"): page.span.text},
        columns=(
            ListColumn(_("用能单位"), lambda row: row.name, order="name",
                       template="energy_accounts/enterprise_cell.html"),
            ListColumn(_("代码"), lambda row: row.code, export_only=True),
            ListColumn(_("地区"), lambda row: row.region, order="region"),
            ListColumn(_("行业"), lambda row: row.industry, order="industry"),
            ListColumn(_("当量值"), lambda row: row.tce, kind="tce", unit="tce", order="tce",
                       template="energy_accounts/tce_cell.html"),
            ListColumn(_("等价值"), lambda row: row.equivalent, kind="tce", unit="tce", order="equivalent"),
            ListColumn(_("较前期"), lambda row: row.change, kind="number", unit="%", order="change",
                       template="energy_accounts/change_cell.html"),
            ListColumn(_("实测占比"), lambda row: row.measured, kind="percent", unit="%", order="measured"),
            ListColumn(_("缺失占比"), lambda row: row.missing, kind="percent", unit="%", order="missing"),
            ListColumn(_("平衡差"), lambda row: row.imbalance, kind="percent", unit="%", order="imbalance"),
            ListColumn(_("问题"), lambda row: row.findings, kind="integer", order="findings"),
        ),
    )  # fmt: skip
