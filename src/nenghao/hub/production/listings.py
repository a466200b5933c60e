"""The table of products of a region."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from nenghao.hub.listing import Filter, ListColumn, Listing
from nenghao.hub.monitoring.words import unit_word
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Enterprise
from nenghao.supervision import quota_book


def product_listing(enterprises: QuerySet[Enterprise], today: date) -> Listing:
    """List the products of enterprises with the standard in force and the newest month filed."""
    filed = Q(outputs__is_current=True, outputs__withdrawn=False)
    rows = (
        Product.objects.filter(enterprise__in=enterprises)
        .select_related("enterprise__industry", "data_item")
        .annotate(last_month=Max("outputs__month", filter=filed))
        .order_by("enterprise__name", "code")
    )
    return Listing(
        title=_("产品"), rows=rows, search=("name", "enterprise__name", "quota_product"),
        filters=(
            Filter("active", _("启用"), "active", [(True, _("启用")), (False, _("停用"))]),
            Filter("new", _("产能"), "is_new_capacity", [(True, _("新建、改扩建")), (False, _("现有"))]),
        ),
        columns=(
            ListColumn(_("用能单位"), lambda row: row.enterprise.name, order="enterprise__name",
                       template="production/owner_cell.html"),
            ListColumn(_("产品"), lambda row: row.name, order="name", template="production/product_cell.html"),
            ListColumn(_("单位"), lambda row: unit_word(row.unit)),
            ListColumn(_("行业"), lambda row: row.enterprise.industry.name if row.enterprise.industry else "–"),
            ListColumn(_("限额标准产品"), lambda row: row.quota_product or "–", order="quota_product"),
            ListColumn(_("条件"), lambda row: row.quota_condition or "–"),
            ListColumn(_("现行标准"), lambda row: standard_in_force(row, today)),
            ListColumn(_("产量来源"), lambda row: _("上传") if row.data_item_id else _("填报")),
            ListColumn(_("最近填报月份"), lambda row: f"{row.last_month:%Y-%m}" if row.last_month else "–",
                       order="last_month"),
        ),
    )  # fmt: skip


def standard_in_force(product: Any, today: date) -> str:
    """Name the edition in force for a product, or say that there is none."""
    if not product.quota_product:
        return _("未选择")
    found = quota_book().in_force(product.quota_product, today)
    return found[0].row.citation if found else _("无现行版本")
