"""What an account rests on beside readings and ledgers: flows of items, rules, equivalent values; frozen accounts.

Everything here is stated from a month (or for a year), by a person, in versions: see :class:`LedgerRow`.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.accounting.flows import Flow
from nenghao.hub.corrections.models import ClosedMonth
from nenghao.hub.evidence.models import LedgerRow, once
from nenghao.hub.registry.models import DataItem, Enterprise, Region


class FlowChoice(models.TextChoices):
    """What an item's quantity is in the account: a flow of GB/T 2589, or nothing."""

    PURCHASED = Flow.PURCHASED.value, _("购进量")
    PRODUCED = Flow.PRODUCED.value, _("加工转换产出")
    RECOVERED = Flow.RECOVERED.value, _("回收利用")
    CONSUMED = Flow.CONSUMED.value, _("消费量")
    TRANSFORMED = Flow.TRANSFORMED.value, _("其中：加工转换投入")
    FEEDSTOCK = Flow.FEEDSTOCK.value, _("其中：用于原材料")
    NON_INDUSTRIAL = Flow.NON_INDUSTRIAL.value, _("其中：非工业生产消费")
    TRANSPORT = Flow.TRANSPORT.value, _("其中：运输工具消费")
    LOST = Flow.LOST.value, _("输送分配损失")
    EXPORTED = Flow.EXPORTED.value, _("外供量")
    OPENING_STOCK = Flow.OPENING_STOCK.value, _("期初库存")
    CLOSING_STOCK = Flow.CLOSING_STOCK.value, _("期末库存")
    NONE = "none", _("不列入核算")


class ItemFlow(LedgerRow):
    """Which flow (能源流向) a data item measures, from a month until the next statement about it.

    ``unit_code`` is the process that the flow belongs to, empty for the whole boundary. Without a statement the rule of
    :mod:`nenghao.hub.energy_accounts.flows` decides.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="item_flows")
    enterprise_id: int
    data_item = models.ForeignKey(DataItem, models.CASCADE, related_name="flows")
    data_item_id: int
    from_month = models.DateField(_("起始月份"))
    flow = models.CharField(_("流向"), max_length=14, choices=FlowChoice)
    unit_code = models.CharField(_("生产工序"), max_length=2, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["data_item_id", "-from_month"]
        verbose_name = _("数据项流向")
        constraints = once("data_item", "from_month", name="item_flow")
        indexes = [models.Index(fields=["enterprise", "from_month"], name="item_flow_enterprise")]

    def __str__(self) -> str:
        return f"{self.data_item_id} {self.from_month:%Y-%m} {self.flow}"


class RuleKind(models.TextChoices):
    """What a stated rule is about."""

    BOUNDARY = "boundary", _("核算边界")
    FEEDSTOCK = "feedstock", _("原料用能")
    ALLOCATION = "allocation", _("分摊规则")


class AccountRule(LedgerRow):
    """A rule of an enterprise's account (核算规则), from a month until the next one of the same kind and subject.

    ``content`` by ``kind``: boundary ``{"outside": ["07"]}``, the processes that lie outside; feedstock
    ``{"included": false}``, whether energy used as raw material counts; allocation ``{"method": "ratio",
    "shares": {"P1": 0.6}}``, method ``output``, ``measured``, ``ratio`` or ``tce``. ``subject`` of an allocation is
    ``energy/process``, each may be empty (all energies, the whole plant); of the others it is empty.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="account_rules")
    enterprise_id: int
    kind = models.CharField(_("规则"), max_length=10, choices=RuleKind)
    subject = models.CharField(_("对象"), max_length=64, blank=True)
    from_month = models.DateField(_("起始月份"))
    content: Any = models.JSONField(_("内容"), default=dict)
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["enterprise_id", "kind", "subject", "-from_month"]
        verbose_name = _("核算规则")
        constraints = once("enterprise", "kind", "subject", "from_month", name="account_rule")

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.from_month:%Y-%m}"


class EquivalentValue(LedgerRow):
    """The equivalent value (等价值) of electricity or heat in a region and year [kgce per base unit], with its source.

    GB/T 2589 prints no number for it: it follows the coal rate of generation or heat supply. The nearest region upward
    counts; where nobody stated one, the equivalent basis cannot be told.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="equivalent_values", verbose_name=_("行政区划"))
    region_id: str
    energy_key = models.CharField(_("能源品种"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    kgce_per_unit = models.FloatField(_("等价折标系数"))
    source = models.CharField(_("来源"), max_length=300)
    is_simulated = models.BooleanField(_("模拟数据"), default=False)

    class Meta(LedgerRow.Meta):
        ordering = ["-year", "region_id", "energy_key"]
        verbose_name = _("等价值")
        constraints = once("region", "energy_key", "year", name="equivalent_value")

    def __str__(self) -> str:
        return f"{self.region_id} {self.year} {self.energy_key} {self.kgce_per_unit}"


class StaleSpan(models.Model):
    """Months of an enterprise whose account must be computed again; written with the change that made it so.

    The reading store notes what readings changed; this table notes ledgers, rules and factors. ``until_month`` is
    exclusive, none for "and all later ones". With an ``energy_key`` only months in whose account that energy stands are
    meant: its factor changed.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    from_month = models.DateField()
    until_month = models.DateField(null=True)
    energy_key = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.from_month:%Y-%m}"


class ClosedAccount(models.Model):
    """The account of a closed month (封账), frozen with the edition: totals and lines as they were."""

    closed_month = models.OneToOneField(ClosedMonth, models.CASCADE, related_name="account")
    mark = models.BigIntegerField()
    tce_calorific = models.FloatField(_("综合能耗（当量值） [tce]"), null=True)
    tce_equivalent = models.FloatField(_("综合能耗（等价值） [tce]"), null=True)
    measured_ratio = models.FloatField(null=True)
    missing_ratio = models.FloatField(null=True)
    is_unverified = models.BooleanField(_("待核"), default=False)
    lines: Any = models.JSONField(default=list)

    class Meta:
        verbose_name = _("封账核算")

    def __str__(self) -> str:
        return f"{self.closed_month_id} {self.tce_calorific}"  # type: ignore[attr-defined]
