"""Tokens that other systems call with, and the problems they report."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from nenghao.hub.accounts.models import Account
from nenghao.hub.registry.models import Enterprise


class Scope(models.TextChoices):
    """What a token may be used for."""

    REGISTRY = "registry", _("档案：地区、单位、工序、器具、数据项、设备、代码")
    READINGS = "readings", _("读数与汇总")
    QUALITY = "quality", _("评分与质量问题")
    MONTHLY = "monthly", _("月度数据")
    FEEDBACK = "feedback", _("问题反馈（可写）")


class ApiToken(models.Model):
    """A token (访问令牌) of an account: it sees the account's node as long as the account is open, and nothing else.

    Only a digest is kept: who loses the token makes a new one. ``prefix`` is its beginning, to tell tokens apart.
    ``last_used_at`` is written at most once a minute.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="api_tokens", verbose_name=_("账号"))
    account_id: int
    name = models.CharField(_("名称"), max_length=100)
    prefix = models.CharField(_("前缀"), max_length=12)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("权限"), default=list)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    revoked_by = models.CharField(_("撤销人"), max_length=150, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("访问令牌")

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"

    def state(self, now: datetime) -> str:
        """Give ``revoked``, ``expired``, ``closed`` (its account is) or ``active``."""
        if self.revoked_at is not None:
            return "revoked"
        if not self.account.is_active:
            return "closed"
        return "expired" if self.expires_at <= now else "active"


class FeedbackState(models.TextChoices):
    """Where a reported problem stands."""

    OPEN = "open", _("待处理")
    ANSWERED = "answered", _("已答复")
    CORRECTED = "corrected", _("已更正")
    REFUSED = "refused", _("不予更正")


class Feedback(models.Model):
    """A problem with a figure that another system reports (问题反馈), and what came of it.

    ``reference`` is the other system's own number: the same token that reports it again gets the same entry.
    """

    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="feedback", verbose_name=_("令牌"))
    token_id: int
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="api_feedback", verbose_name=_("用能单位"))
    enterprise_id: int
    reference = models.CharField(_("对方编号"), max_length=100, blank=True)
    period = models.CharField(_("时段"), max_length=10, blank=True)
    energy_key = models.CharField(_("能源品种"), max_length=60, blank=True)
    data_code = models.CharField(_("数据项编码"), max_length=20, blank=True)
    figure = models.CharField(_("指标"), max_length=60, blank=True)
    our_value = models.FloatField(_("取得的值"), null=True, blank=True)
    their_value = models.FloatField(_("对方的值"), null=True, blank=True)
    unit = models.CharField(_("单位"), max_length=30, blank=True)
    message = models.TextField(pgettext_lazy("feedback", "问题"), max_length=2000)
    reported_at = models.DateTimeField(_("反馈时间"))
    state = models.CharField(_("状态"), max_length=9, choices=FeedbackState, default=FeedbackState.OPEN)
    answer = models.TextField(_("答复"), max_length=2000, blank=True)
    answered_by = models.CharField(_("答复人"), max_length=150, blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    class Meta:
        ordering = ["-reported_at", "-pk"]
        verbose_name = _("问题反馈")
        constraints = [
            models.UniqueConstraint(
                fields=["token", "reference"], condition=~Q(reference=""), name="feedback_once_per_reference"
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.state}"


class GivenScore(models.Model):
    """The score of an enterprise's month as it was last given to other systems, and when it was seen to be another."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    month = models.DateField()
    points = models.FloatField(null=True, blank=True)
    scheme = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enterprise", "month"], name="given_score_once")]
        indexes = [models.Index(fields=["month", "changed_at"])]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.month:%Y-%m} {self.points}"
