"""The credit list's tables: cases, the steps of each, and what was exported.

发改办环资〔2019〕424号 五: who does not finish the access end in time, does not upload as required or cannot keep the
system running is put on the national credit information platform.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nenghao.hub.registry.models import Enterprise, Region


class CreditKind(models.TextChoices):
    """The three grounds that the notice names."""

    LATE_BUILDING = "late-building", _("未按期完成接入端建设")
    MISSING_UPLOAD = "missing-upload", _("未按要求上传数据")
    POOR_UPKEEP = "poor-upkeep", _("不能维持系统正常运行")


class CreditState(models.TextChoices):
    """Where a case stands."""

    PROPOSED = "proposed", _("拟列入")
    NOTICED = "noticed", _("已告知")
    OBJECTED = "objected", _("已申辩")
    CONFIRMED = "confirmed", _("已认定")
    EXPORTED = "exported", pgettext_lazy("credit", "已报送")
    CURED = "cured", _("已整改")
    REMOVED = "removed", _("已移出")
    DROPPED = "dropped", _("不予列入")


OPEN_STATES = tuple(state for state in CreditState if state not in (CreditState.REMOVED, CreditState.DROPPED))
LISTED_STATES = (CreditState.CONFIRMED, CreditState.EXPORTED, CreditState.CURED)
"""On the list: confirmed and not yet removed."""


class CreditExport(models.Model):
    """One list as it was handed over (报送); its file stays as it was sent."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("行政区划"))
    region_id: str
    exported_at = models.DateTimeField(pgettext_lazy("credit", "报送时间"))
    exported_by = models.CharField(pgettext_lazy("credit", "报送人"), max_length=150)
    reason = models.CharField(_("说明"), max_length=200, blank=True)
    rows = models.PositiveIntegerField(_("户数"))
    workbook = models.BinaryField(editable=False)
    table = models.JSONField(editable=False)

    class Meta:
        ordering = ["-exported_at", "-pk"]
        verbose_name = _("报送记录")


class CreditCase(models.Model):
    """One ground against one enterprise; ``facts`` are the figures it was proposed on, and stay as they were."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="credit_cases", verbose_name=_("用能单位"))
    enterprise_id: int
    kind = models.CharField(_("情形"), max_length=16, choices=CreditKind)
    state = models.CharField(_("状态"), max_length=10, choices=CreditState, default=CreditState.PROPOSED)
    facts = models.JSONField(_("事实"), default=dict)
    proposed_on = models.DateField(_("拟列入日期"))
    answer_until = models.DateField(_("申辩截止"), null=True, blank=True)
    confirmed_on = models.DateField(_("认定日期"), null=True, blank=True)
    closed_on = models.DateField(_("移出日期"), null=True, blank=True)
    export = models.ForeignKey(CreditExport, models.PROTECT, null=True, blank=True, related_name="cases")

    class Meta:
        ordering = ["-proposed_on", "-pk"]
        verbose_name = _("信用案件")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind"],
                condition=~models.Q(state__in=["removed", "dropped"]),
                name="credit_case_open_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.kind}"


class CreditStep(models.Model):
    """One dated and reasoned step of a case; rows are only ever added.

    ``action`` is the state reached, or ``cure-reported``: what the enterprise says it has mended.
    """

    case = models.ForeignKey(CreditCase, models.CASCADE, related_name="steps")
    action = models.CharField(_("步骤"), max_length=15)
    on = models.DateField(_("日期"))
    at = models.DateTimeField(_("登记时间"))
    by = models.CharField(_("经办人"), max_length=150)
    reason = models.CharField(_("理由"), max_length=500)
    document = models.CharField(_("文号或材料"), max_length=200, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("信用案件步骤")
