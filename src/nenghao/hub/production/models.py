"""What an enterprise makes and earns: products, their monthly output, and monthly economic figures.

Monthly rows are ledgers (:mod:`nenghao.hub.evidence.models`): a change or a withdrawal is the next version of the same
key, and one version is current.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.evidence.models import LedgerRow, once
from nenghao.hub.registry.models import DataItem, Enterprise


class Product(models.Model):
    """A product (产品) of an enterprise, with what decides which row of a quota standard it is held against.

    ``quota_product`` and ``quota_condition`` are product and condition as the quota tables print them; empty: not
    chosen, nothing is judged. ``is_new_capacity`` says which grade the plant must meet (新建、改扩建: grade 2).
    ``data_item`` is the uploaded output (产品产量), where there is one: its month is the output until another is filed.
    ``process_code`` is the process whose energy the product bears; empty: the whole plant's.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="products")
    enterprise_id: int
    code = models.SlugField(_("产品编码"), max_length=30)
    name = models.CharField(_("产品名称"), max_length=100)
    unit = models.CharField(_("计量单位"), max_length=30)
    process_code = models.CharField(_("生产工序"), max_length=2, blank=True)
    quota_product = models.CharField(_("限额标准产品"), max_length=200, blank=True)
    quota_condition = models.CharField(_("限额标准条件"), max_length=500, blank=True)
    is_new_capacity = models.BooleanField(_("新建、改扩建产能"), default=False)
    commissioned_on = models.DateField(_("投产日期"), null=True, blank=True)
    annual_capacity = models.FloatField(_("年产能"), null=True, blank=True)
    data_item = models.ForeignKey(DataItem, models.SET_NULL, null=True, blank=True, related_name="+")
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        ordering = ["enterprise_id", "code"]
        verbose_name = _("产品")
        constraints = [models.UniqueConstraint(fields=["enterprise", "code"], name="product_code_once")]

    def __str__(self) -> str:
        return self.name


class ProductOutput(LedgerRow):
    """The output (合格产品产量) of a product in a month, in the product's unit.

    ``parameters`` holds what the corrections of its quota standard need for the month, by name with the unit in it
    (``{"clinker_ratio_pct": 76.5}``). ``month`` is the first day of the month.
    """

    product = models.ForeignKey(Product, models.CASCADE, related_name="outputs")
    product_id: int
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    month = models.DateField(_("月份"))
    quantity = models.FloatField(_("产量"))
    parameters = models.JSONField(_("修正参数"), default=dict, blank=True)
    document = models.CharField(_("凭证"), max_length=200, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["-month", "product_id"]
        verbose_name = _("产品产量")
        constraints = once("product", "month", name="product_output")
        indexes = [models.Index(fields=["month", "enterprise"], name="product_output_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.quantity}"


class EconomicKind(models.TextChoices):
    """What a monthly economic figure says; amounts are in yuan."""

    OUTPUT_VALUE_CURRENT = "output_value_current", _("工业总产值（当年价）")
    OUTPUT_VALUE_CONSTANT = "output_value_constant", _("工业总产值（可比价）")
    VALUE_ADDED_CONSTANT = "value_added_constant", _("工业增加值（可比价）")
    VALUE_ADDED_CURRENT = "value_added_current", _("工业增加值（当年价）")
    REVENUE = "revenue", _("主营业务收入")
    PROFIT_AND_TAX = "profit_and_tax", _("利税")
    ENERGY_COST = "energy_cost", _("能源消费成本")
    PRODUCTION_COST = "production_cost", _("产品生产成本")


class EconomicFigure(LedgerRow):
    """One economic figure of an enterprise in a month [yuan]; ``price_year``: base of comparable prices (可比价)."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="economic_figures")
    enterprise_id: int
    month = models.DateField(_("月份"))
    kind = models.CharField(_("类别"), max_length=24, choices=EconomicKind)
    amount_yuan = models.FloatField(_("金额 [元]"))
    price_year = models.PositiveSmallIntegerField(_("可比价基年"), null=True, blank=True)
    document = models.CharField(_("凭证"), max_length=200, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["-month", "kind"]
        verbose_name = _("产值指标")
        constraints = once("enterprise", "month", "kind", name="economic_figure")
        indexes = [models.Index(fields=["month", "enterprise"], name="economic_figure_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.kind} {self.amount_yuan}"
