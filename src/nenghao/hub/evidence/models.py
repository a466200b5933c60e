"""The ledgers behind a figure: certificates and events of meters, monthly figures, measured heating values.

A row is never overwritten: a change or a withdrawal is the next version of the same key, and one version is current.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nenghao.hub.registry.models import Enterprise, Meter
from nenghao.periods import to_beijing


class Via(models.TextChoices):
    """How a row came in."""

    FORM = "form", _("录入")
    IMPORT = "import", _("导入")
    GATEWAY = "gateway", _("端设备配置")


class LedgerRow(models.Model):
    """A version of one entry: who entered it, when, how, and why it differs from the version before."""

    id: int
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_current = models.BooleanField(_("现行"), default=True)
    withdrawn = models.BooleanField(_("已撤回"), default=False)
    entered_by = models.CharField(_("录入人"), max_length=150)
    entered_at = models.DateTimeField(_("录入时间"))
    via = models.CharField(_("录入方式"), max_length=8, choices=Via, default=Via.FORM)
    change_reason = models.CharField(_("更改理由"), max_length=200, blank=True)

    class Meta:
        abstract = True


def once(*key: str, name: str) -> list[models.BaseConstraint]:
    """Give the two constraints of a ledger: each version once, one current version."""
    return [
        models.UniqueConstraint(fields=[*key, "version"], name=f"{name}_version_once"),
        models.UniqueConstraint(fields=key, condition=Q(is_current=True), name=f"{name}_current_once"),
    ]


class CertificateKind(models.TextChoices):
    """What a certificate is."""

    VERIFICATION = "verification", _("检定")
    CALIBRATION = "calibration", _("校准")
    REGISTERED = "registered", _("器具档案")
    """Not a document: the dates that the gateway's configuration gives for the meter."""


class CertificateResult(models.TextChoices):
    """What the test found."""

    PASSED = "passed", pgettext_lazy("verdict", "合格")
    FAILED = "failed", _("不合格")


class VerificationCertificate(LedgerRow):
    """A verification or calibration certificate (检定证书、校准证书) of a meter.

    ``valid_until`` is inclusive. ``record_due_on`` is the last day on which the meter's record had to be brought up to
    date, three working days after the test; nothing for what was before the enterprise joined the platform.
    """

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="certificates")
    meter_id: int
    kind = models.CharField(_("类别"), max_length=12, choices=CertificateKind)
    number = models.CharField(_("证书编号"), max_length=100)
    verified_on = models.DateField(_("检定日期"))
    valid_until = models.DateField(_("有效期至"), null=True, blank=True, db_index=True)
    institution = models.CharField(_("检定机构"), max_length=200, blank=True)
    result = models.CharField(_("结论"), max_length=6, choices=CertificateResult, default=CertificateResult.PASSED)
    serial_number = models.CharField(_("出厂编号"), max_length=100, blank=True)
    document = models.CharField(_("文件"), max_length=200, blank=True)
    first_entered_on = models.DateField(_("首次录入日期"))
    record_due_on = models.DateField(_("档案更新期限"), null=True, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["-verified_on", "-pk"]
        verbose_name = _("检定校准证书")
        constraints = once("meter", "kind", "number", name="certificate")

    def __str__(self) -> str:
        return f"{self.number} {self.verified_on}"

    @property
    def happened_on(self) -> date:
        """The day from which the term for the record runs."""
        return self.verified_on


class Basis(models.TextChoices):
    """What a meter's standing rests on."""

    NONE = "none", _("无凭证")
    OPEN = "open", _("凭证无有效期")
    PASSED = "passed", pgettext_lazy("verdict", "合格")
    FAILED = "failed", _("不合格")


class MeterStanding(models.Model):
    """Where a meter stands by its newest evidence: derived from the ledgers and the registry, never entered.

    It holds no date of today: whether a term has run out is asked of ``valid_until`` (inclusive) with a day.
    ``registry_version`` is the meter's version that was looked at; a newer one makes the row stale.
    ``class_flag`` and ``class_required`` say how the accuracy class compares with the classes that may apply (待核).
    """

    meter = models.OneToOneField(Meter, models.CASCADE, primary_key=True, related_name="standing")
    meter_id: int
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    data_code = models.CharField(_("采集数据项"), max_length=20, blank=True)
    energy_key = models.CharField(_("能源品种"), max_length=60, blank=True)
    in_service = models.BooleanField(_("在用"), default=True)
    basis = models.CharField(_("依据"), max_length=6, choices=Basis, default=Basis.NONE)
    verified_on = models.DateField(_("检定日期"), null=True)
    valid_until = models.DateField(_("有效期至"), null=True, db_index=True)
    class_flag = models.PositiveSmallIntegerField(_("准确度判断"))
    class_required = models.CharField(_("要求的准确度等级"), max_length=60, blank=True)
    registry_version = models.BigIntegerField()

    class Meta:
        verbose_name = _("计量器具凭证状态")
        indexes = [models.Index(fields=["enterprise", "data_code"], name="standing_place")]

    def __str__(self) -> str:
        return f"{self.basis} {self.valid_until}"


class EventKind(models.TextChoices):
    """What happened to a meter."""

    REPLACEMENT = "replacement", _("更换")
    CALIBRATION = "calibration", _("校准")
    REPAIR = "repair", _("维修")
    MULTIPLIER = "multiplier", _("变更倍率")
    REMOVAL = "removal", _("拆除")


class MeterEvent(LedgerRow):
    """An event in a meter's life, with the registers at its two sides (表底, in the meter's own unit, not multiplied).

    ``final_register`` is read before the event, ``initial_register`` after it; ``multiplier`` holds from the event on;
    ``serial_number`` is the new instrument's.
    """

    meter = models.ForeignKey(Meter, models.CASCADE, related_name="events")
    meter_id: int
    kind = models.CharField(_("事件"), max_length=12, choices=EventKind)
    at = models.DateTimeField(_("发生时间"))
    final_register = models.FloatField(_("止码"), null=True, blank=True)
    initial_register = models.FloatField(_("起码"), null=True, blank=True)
    multiplier = models.FloatField(_("倍率"), null=True, blank=True)
    serial_number = models.CharField(_("新表出厂编号"), max_length=100, blank=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    document = models.CharField(_("文件"), max_length=200, blank=True)
    first_entered_on = models.DateField(_("首次录入日期"))
    record_due_on = models.DateField(_("档案更新期限"), null=True, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["-at", "-pk"]
        verbose_name = _("计量器具事件")
        constraints = once("meter", "kind", "at", name="meter_event")

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"

    @property
    def happened_on(self) -> date:
        """The Beijing day from which the term for the record runs."""
        at: datetime = self.at
        return to_beijing(at).date()


class FigureKind(models.TextChoices):
    """What a monthly figure says."""

    SUPPLIER = "supplier", _("供能单位结算量")
    PURCHASE = "purchase", _("购进量")
    OPENING_STOCK = "opening_stock", _("期初库存")
    CLOSING_STOCK = "closing_stock", _("期末库存")
    CONSUMPTION = "consumption", _("消费量")
    PRODUCED = "produced", _("加工转换产出量")
    RECOVERED = "recovered", _("回收利用量")
    EXPORTED = "exported", _("外供量")
    LOST = "lost", _("输送分配损失量")
    TRANSFORMED = "transformed", _("消费量中：加工转换投入")
    FEEDSTOCK = "feedstock", _("消费量中：用于原材料")
    NON_INDUSTRIAL = "non_industrial", _("消费量中：非工业生产消费")
    TRANSPORT = "transport", _("消费量中：运输工具消费")
    PURCHASE_AMOUNT = "purchase_amount", _("购进金额")
    """In yuan; all others are quantities."""


class MonthlyFigure(LedgerRow):
    """A figure of one month from a bill or the enterprise's own ledger, for accounts, statements and comparisons.

    ``quantity`` is in the energy's base unit, of an amount in yuan; ``entered_quantity`` and ``entered_unit`` are what
    the document says. ``month`` is the first day of the month.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="monthly_figures")
    enterprise_id: int
    energy_key = models.CharField(_("能源品种"), max_length=60)
    month = models.DateField(_("月份"))
    kind = models.CharField(_("类别"), max_length=16, choices=FigureKind)
    quantity = models.FloatField(_("数量"))
    entered_quantity = models.FloatField(_("原始数量"))
    entered_unit = models.CharField(_("原始单位"), max_length=30)
    document = models.CharField(_("凭证"), max_length=200, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["-month", "energy_key", "kind"]
        verbose_name = _("月度数量")
        constraints = once("enterprise", "energy_key", "month", "kind", name="monthly_figure")
        indexes = [models.Index(fields=["month", "enterprise"], name="monthly_figure_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.energy_key} {self.kind}"


class HeatingValue(LedgerRow):
    """A measured net calorific value (实测低位发热量) of an energy, in force from a day until the next one.

    ``value`` is in kJ/kg for what is stored in t, in kJ/m3 for what is stored in m3 (standard state).
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="heating_values")
    enterprise_id: int
    energy_key = models.CharField(_("能源品种"), max_length=60)
    from_day = models.DateField(_("起始日期"))
    value = models.FloatField(_("低位发热量"))
    unit = models.CharField(_("单位"), max_length=10)
    laboratory = models.CharField(_("检测机构"), max_length=200, blank=True)
    report_number = models.CharField(_("报告编号"), max_length=100)

    class Meta(LedgerRow.Meta):
        ordering = ["energy_key", "-from_day"]
        verbose_name = _("实测低位发热量")
        constraints = once("enterprise", "energy_key", "from_day", name="heating_value")

    def __str__(self) -> str:
        return f"{self.energy_key} {self.from_day} {self.value} {self.unit}"
