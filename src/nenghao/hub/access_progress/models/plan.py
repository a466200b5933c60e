"""The list of key enterprises with its plan (重点用能单位名单与接入计划), and what a region sets for itself."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Region


class Tier(models.TextChoices):
    """The "hundred, thousand, ten thousand" action (重点用能单位“百千万”行动): who answers for the enterprise."""

    HUNDRED = "hundred", _("百家")
    THOUSAND = "thousand", _("千家")
    TEN_THOUSAND = "ten_thousand", _("万家")


class Stage(models.TextChoices):
    """Milestones of an access end, in their order."""

    BUILD = "build", _("建成")
    CONNECT = "connect", _("接入")
    ACCEPT = "accept", _("验收")


class AccessPlan(models.Model):
    """One enterprise of the list: tier, batch, planned and actual dates of the three milestones.

    An actual date carries who entered it, when and why; every change is in the audit trail. ``first_upload_at`` is the
    evidence of the wire: the first upload of which readings were accepted; ``looked_until_batch`` is the last batch of
    the upload log that was searched for it.
    """

    enterprise = models.OneToOneField(Enterprise, models.CASCADE, related_name="access_plan")
    enterprise_id: int
    tier = models.CharField(_("层级"), max_length=12, choices=Tier)
    batch = models.CharField(_("批次"), max_length=30, blank=True)
    listed_on = models.DateField(_("列入名单日期"))
    has_control_centre = models.BooleanField(_("已建能源管控中心"), default=False)
    planned_build_on = models.DateField(_("计划建成日期"), null=True, blank=True)
    planned_connect_on = models.DateField(_("计划接入日期"), null=True, blank=True)
    planned_accept_on = models.DateField(_("计划验收日期"), null=True, blank=True)
    built_on = models.DateField(_("建成日期"), null=True, blank=True)
    connected_on = models.DateField(_("接入日期"), null=True, blank=True)
    accepted_on = models.DateField(_("验收日期"), null=True, blank=True)
    entries = models.JSONField(_("实际日期的登记"), default=dict)
    """By stage: ``{"by": account, "at": ISO time, "reason": text}`` of the actual date."""
    delay_reason = models.CharField(_("滞后原因"), max_length=200, blank=True)
    delay_reason_by = models.CharField(_("原因登记人"), max_length=150, blank=True)
    first_upload_at = models.DateTimeField(_("首次上传时间"), null=True, blank=True)
    looked_until_batch = models.BigIntegerField(default=0, editable=False)
    remark = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        ordering = ["enterprise__code"]
        verbose_name = _("接入计划")

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.tier}"


DEFAULT_DUE_ON = date(2020, 12, 31)
"""发改办环资〔2019〕424号，二: all key enterprises are connected by the end of 2020."""
DEFAULT_SILENCE_HOURS = 36
"""本平台设定: with daily upload (每日上传, 424号 二) one upload was missed and half a day has passed."""
DEFAULT_CLOCK_LIMIT_S = 60
DEFAULT_BACKLOG_LIMIT = 100
DEFAULT_WARN_DAYS = 60


class AccessSetting(models.Model):
    """What a region sets for itself and what lies below it, until a region below sets its own; all are ours to set.

    ``connect_due_on``: when all of the list must be connected; ``silence_hours``: longer without an accepted upload is
    a fault; ``backlog_limit``: records that may wait at a gateway; ``warn_days``: exemptions that end within them are
    listed ahead.
    """

    region = models.OneToOneField(Region, models.CASCADE, related_name="access_setting")
    region_id: str
    connect_due_on = models.DateField(_("全部接入时限"), default=DEFAULT_DUE_ON)
    silence_hours = models.PositiveIntegerField(_("静默时长上限 [h]"), default=DEFAULT_SILENCE_HOURS)
    clock_limit_s = models.PositiveIntegerField(_("时钟偏差上限 [s]"), default=DEFAULT_CLOCK_LIMIT_S)
    backlog_limit = models.PositiveIntegerField(_("积压上限 [条]"), default=DEFAULT_BACKLOG_LIMIT)
    warn_days = models.PositiveIntegerField(_("豁免到期提前提示 [天]"), default=DEFAULT_WARN_DAYS)

    class Meta:
        verbose_name = _("接入设定")


class Exemption(models.Model):
    """Electricity first (先接入电力): the province's consent that other energies are connected later (424号 三).

    ``energies`` are the keys of the energies that are not due from ``valid_from`` until ``expires_on`` (inclusive);
    electricity can never be among them. Ended early, it is out of force from ``ended_on`` on.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="access_exemptions")
    enterprise_id: int
    consent_number = models.CharField(_("同意文号"), max_length=100)
    consent_by = models.CharField(_("同意部门"), max_length=100)
    consented_on = models.DateField(_("同意日期"))
    energies = models.JSONField(_("暂缓接入的能源品种"), default=list)
    valid_from = models.DateField(_("生效日期"))
    expires_on = models.DateField(_("到期日期"))
    remaining = models.TextField(_("待接入内容"))
    granted_by = models.CharField(_("登记人"), max_length=150)
    granted_at = models.DateTimeField(_("登记时间"))
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    ended_by = models.CharField(_("终止人"), max_length=150, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)

    class Meta:
        ordering = ["expires_on", "pk"]
        verbose_name = _("接入豁免")
        constraints = [
            models.CheckConstraint(
                name="exemption_ends_after_it_begins", condition=Q(expires_on__gte=models.F("valid_from"))
            )
        ]

    def is_in_force(self, on: date) -> bool:
        """Tell whether the energies are not due on ``on``."""
        return self.valid_from <= on <= self.expires_on and (self.ended_on is None or on < self.ended_on)

    def is_expired(self, on: date) -> bool:
        """Tell whether the exemption ran out by itself and what it covered should have been connected."""
        return self.ended_on is None and self.expires_on < on
