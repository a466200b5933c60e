"""Closed months (封账): what was filed for a month, frozen; one edition each time it is closed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import DataItem, Enterprise


class MonthStatus(models.TextChoices):
    """Whether an edition still holds the month closed."""

    CLOSED = "closed", _("已封账")
    REOPENED = "reopened", _("已重开")


class ClosedMonth(models.Model):
    """One edition of one enterprise's month; a month without any, or whose last one is reopened, is open.

    ``last_batch_id`` is the newest batch of the reading store that the figures know; later ones are the differences.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="closed_months", verbose_name=_("用能单位"))
    enterprise_id: int
    month = models.DateField(_("月份"))
    edition = models.PositiveSmallIntegerField(_("版次"))
    status = models.CharField(_("状态"), max_length=8, choices=MonthStatus, default=MonthStatus.CLOSED)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="months_closed", verbose_name=_("封账人")
    )
    closed_at = models.DateTimeField(_("封账时间"))
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="months_reopened",
        verbose_name=_("重开人"),
    )  # fmt: skip
    reopened_at = models.DateTimeField(_("重开时间"), null=True, blank=True)
    reopen_reason = models.CharField(_("重开理由"), max_length=200, blank=True)
    last_batch_id = models.BigIntegerField(_("截至批次"))
    tce = models.FloatField(_("综合能耗 [tce]"), null=True, blank=True)
    quality_score = models.FloatField(_("数据质量得分"), null=True, blank=True)
    quality_scheme = models.CharField(_("评分方案"), max_length=100, blank=True)

    class Meta:
        ordering = ["-month", "enterprise__name", "-edition"]
        verbose_name = _("封账月份")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "month", "edition"], name="closed_month_edition"),
            models.UniqueConstraint(
                fields=["enterprise", "month"], condition=Q(status="closed"), name="month_closed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.month:%Y-%m} #{self.edition}"


class ClosedFigure(models.Model):
    """One figure as filed: of an energy in total (no item), or of one data item.

    ``quantity`` is in ``base_unit``; what was not known is ``null``, never 0. Shares are of the month's time.
    """

    closed_month = models.ForeignKey(ClosedMonth, models.CASCADE, related_name="figures")
    energy_key = models.CharField(_("能源品种"), max_length=60, blank=True)
    data_item = models.ForeignKey(DataItem, models.SET_NULL, null=True, blank=True, related_name="+")
    data_item_id: int | None
    data_code = models.CharField(_("数据项编码"), max_length=20, blank=True)
    name = models.CharField(_("名称"), max_length=200, blank=True)
    base_unit = models.CharField(_("单位"), max_length=30, blank=True)
    counts_in_total = models.BooleanField(_("计入综合能耗"), default=True)
    quantity = models.FloatField(_("数量"), null=True, blank=True)
    tce = models.FloatField(_("折标煤 [tce]"), null=True, blank=True)
    measured_ratio = models.FloatField(_("实测占比"))
    estimated_ratio = models.FloatField(_("估算占比"))
    missing_ratio = models.FloatField(_("缺失占比"))
    factor_id = models.CharField(_("折标系数"), max_length=100, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("封账数据")
