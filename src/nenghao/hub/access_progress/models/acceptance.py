"""Acceptance (验收) of an enterprise's access end, of a region's platform and of its on-line analysis.

工信部节〔2012〕340号 三(五): the authority one level up accepts platform, access and on-line analysis.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Region


class AcceptanceKind(models.TextChoices):
    """What is accepted; the names are those of the checklist files."""

    ENTERPRISE = "enterprise", _("用能单位接入端")
    PLATFORM = "platform", _("地区监测平台")
    ANALYSIS = "analysis", _("地区在线监测分析")


class AcceptanceStep(models.TextChoices):
    """Steps of an acceptance in their order, as DB15/T 3096-2023 lists them."""

    DOCK = "dock", _("对接")
    TRIAL = "trial", _("试运行")
    APPLY = "apply", _("申请")
    PAPERS = "papers", _("资料审查")
    SITE = "site", _("现场核查")
    JOINT = "joint", _("会审")
    VERDICT = "verdict", _("结论")


class Verdict(models.TextChoices):
    """How an acceptance ended."""

    PASSED = "passed", _("通过")
    FAILED = "failed", _("不通过")


class Answer(models.TextChoices):
    """Whether a point of the checklist is met."""

    MET = "met", _("符合")
    UNMET = "unmet", _("不符合")
    NOT_APPLICABLE = "na", _("不适用")


class Acceptance(models.Model):
    """One acceptance of one enterprise or region; ``step`` is the last step that was finished, empty at the start.

    ``checklist`` is the list as it stood at the start (key, version, points), so that an old acceptance stays readable
    when the list is changed. ``answers``: by the code of the point ``{"answer", "note", "by", "at"}``.
    """

    kind = models.CharField(_("对象"), max_length=12, choices=AcceptanceKind)
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="acceptances")
    enterprise_id: int | None
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="acceptances")
    region_id: str | None
    events: models.Manager[AcceptanceEvent]
    round = models.PositiveSmallIntegerField(_("第几次"), default=1)
    started_at = models.DateTimeField(_("开始时间"))
    started_by = models.CharField(_("发起人"), max_length=150)
    checklist = models.JSONField(_("验收清单"), default=dict)
    answers = models.JSONField(_("逐条结果"), default=dict)
    step = models.CharField(_("已完成步骤"), max_length=8, choices=AcceptanceStep, blank=True)
    promised_by = models.CharField(_("真实性承诺人"), max_length=100, blank=True)
    promised_at = models.DateTimeField(_("承诺时间"), null=True, blank=True)
    verdict = models.CharField(_("结论"), max_length=8, choices=Verdict, blank=True)
    verdict_on = models.DateField(_("结论日期"), null=True, blank=True)
    verdict_by = models.CharField(_("作出结论者"), max_length=150, blank=True)
    verdict_reason = models.CharField(_("结论说明"), max_length=500, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("验收")
        constraints = [
            models.CheckConstraint(
                name="acceptance_has_one_object",
                condition=(
                    Q(kind="enterprise", enterprise__isnull=False, region__isnull=True)
                    | (~Q(kind="enterprise") & Q(enterprise__isnull=True, region__isnull=False))
                ),
            ),
            models.UniqueConstraint(
                fields=["kind", "enterprise"], condition=Q(verdict="", kind="enterprise"),
                name="one_running_acceptance_of_enterprise",
            ),
            models.UniqueConstraint(
                fields=["kind", "region"], condition=Q(verdict="") & ~Q(kind="enterprise"),
                name="one_running_acceptance_of_region",
            ),
        ]  # fmt: skip


class AcceptanceEvent(models.Model):
    """One finished step: on which day, who entered it and why; rows are only ever added."""

    acceptance = models.ForeignKey(Acceptance, models.CASCADE, related_name="events")
    step = models.CharField(_("步骤"), max_length=8, choices=AcceptanceStep)
    on = models.DateField(_("日期"))
    at = models.DateTimeField(_("登记时间"))
    by = models.CharField(_("办理人"), max_length=150)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("验收记录")
