"""A correction (补正): what a person proposes for some slots of a series, and what a second person decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import DataItem, Enterprise


class Method(models.TextChoices):
    """How the proposed values came about; the value is stored with the readings' batch."""

    MANUAL = "manual", _("人工填报")
    LINEAR = "linear", _("线性内插")
    WEEKDAY_PROFILE = "weekday-profile", _("同星期用能形状")
    SUB_METERS = "sub-meters", _("分表推算")
    BILL = "bill", _("按账单分摊")
    CONFIRM = "confirm", _("确认属实")
    VOID = "void", _("作废")
    GATEWAY = "gateway", _("采用端设备新值")


ESTIMATES = frozenset({Method.LINEAR, Method.WEEKDAY_PROFILE, Method.SUB_METERS, Method.BILL})
"""Methods whose values are estimated, whoever approves them."""


class Status(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "proposed", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


class Correction(models.Model):
    """One proposal for slots of one series within the half-open span ``[start, end)``.

    ``rows`` keeps every slot as proposed: ``[start as Beijing wall time, value before, state before, value after]``, in
    the base unit, ``null`` for no value (state before ``null``: no reading at all). It is never changed; the decision
    is added. ``batch_id`` is the reading store's batch that carries the values once approved.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="corrections", verbose_name=_("用能单位"))
    enterprise_id: int
    data_item = models.ForeignKey(DataItem, models.PROTECT, related_name="corrections", verbose_name=_("数据项"))
    data_item_id: int
    stat_type = models.PositiveSmallIntegerField(_("统计类型"))
    start = models.DateTimeField(_("起"))
    end = models.DateTimeField(_("止"))
    method = models.CharField(_("方法"), max_length=20, choices=Method)
    rows = models.JSONField(_("时段"), default=list)
    slots = models.PositiveIntegerField(_("时段数"))
    before_sum = models.FloatField(_("原值合计"), null=True, blank=True)
    after_sum = models.FloatField(_("新值合计"), null=True, blank=True)
    is_measured = models.BooleanField(_("有计量依据"), default=False)
    basis = models.JSONField(_("估算依据"), default=dict, blank=True)
    reason = models.CharField(_("理由"), max_length=200)
    evidence = models.TextField(_("佐证"), blank=True)
    document = models.CharField(_("凭证编号"), max_length=200, blank=True)
    by_rule = models.BooleanField(_("按规则生成"), default=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposed_corrections", verbose_name=_("提出人")
    )
    proposed_by_id: int
    proposed_at = models.DateTimeField(_("提出时间"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PROPOSED, db_index=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="decided_corrections",
        verbose_name=_("审批人"),
    )  # fmt: skip
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_reason = models.CharField(_("审批意见"), max_length=200, blank=True)
    batch_id = models.BigIntegerField(_("批次"), null=True, blank=True, db_index=True)

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        verbose_name = _("补正")
        indexes = [models.Index(fields=["data_item", "start", "end"], name="correction_by_item")]
        constraints = [
            models.CheckConstraint(name="correction_span", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="correction_second_person",
                condition=~Q(status__in=[Status.APPROVED, Status.REFUSED])
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="correction_batch_when_approved",
                condition=~Q(status=Status.APPROVED) | Q(batch_id__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.data_item_id} {self.start:%Y-%m-%d %H:%M} {self.method}"
