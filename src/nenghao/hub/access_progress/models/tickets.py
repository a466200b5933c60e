"""Fault tickets (故障工单) with the three-working-day clock, and every step of them."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import DataItem, Device, Enterprise, Meter

REPAIR_WORKDAYS = 3
"""省级接入端运行维护规定: a fault is repaired within three working days, a meter's record updated within three."""


class FaultKind(models.TextChoices):
    """What is out of order."""

    SILENCE = "silence", _("长时间未上传")
    DEVICE = "device", _("端设备故障")
    METER = "meter", _("计量器具故障")
    NETWORK = "network", _("通信中断")
    DATA = "data", _("数据异常")
    OTHER = "other", _("其他")


class TicketState(models.TextChoices):
    """Where a ticket stands: open → (filed →) repaired → closed."""

    OPEN = "open", _("处理中")
    FILED = "filed", _("已报备")
    REPAIRED = "repaired", _("已修复待确认")
    CLOSED = "closed", _("已关闭")


UNREPAIRED = (TicketState.OPEN, TicketState.FILED)


class FaultTicket(models.Model):
    """A fault of an enterprise's access end; ``due_on`` is the third working day after ``fault_on``.

    Past it the enterprise must have filed with the province (报备: reason, expected date) and fill the data by hand
    meanwhile. Only one automatic ticket of silence is unrepaired per enterprise.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="fault_tickets")
    enterprise_id: int
    events: models.Manager[TicketEvent]
    device = models.ForeignKey(Device, models.SET_NULL, null=True, blank=True)
    meter = models.ForeignKey(Meter, models.SET_NULL, null=True, blank=True)
    data_item = models.ForeignKey(DataItem, models.SET_NULL, null=True, blank=True)
    kind = models.CharField(_("故障类别"), max_length=10, choices=FaultKind)
    description = models.CharField(_("故障说明"), max_length=500, blank=True)
    is_automatic = models.BooleanField(_("自动开单"), default=False)
    fault_at = models.DateTimeField(_("故障时间"))
    opened_at = models.DateTimeField(_("开单时间"))
    opened_by = models.CharField(_("开单人"), max_length=150)
    due_on = models.DateField(_("修复期限"))
    state = models.CharField(_("状态"), max_length=10, choices=TicketState, default=TicketState.OPEN)
    filed_at = models.DateTimeField(_("报备时间"), null=True, blank=True)
    filed_reason = models.CharField(_("报备原因"), max_length=200, blank=True)
    expected_on = models.DateField(_("预计修复日期"), null=True, blank=True)
    repaired_on = models.DateField(_("修复日期"), null=True, blank=True)
    resumed_at = models.DateTimeField(_("数据恢复时间"), null=True, blank=True)
    """The first accepted upload after an automatic ticket was opened: it suggests a repair, it does not decide it."""
    closed_at = models.DateTimeField(_("关闭时间"), null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("故障工单")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(is_automatic=True, state__in=["open", "filed"]),
                name="one_automatic_ticket_unrepaired",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    def is_over_term(self, on: date) -> bool:
        """Tell whether the fault lasted, or lasts, beyond its term."""
        return (self.repaired_on or on) > self.due_on

    def needs_filing(self, on: date) -> bool:
        """Tell whether the term is over and nothing was filed with the province."""
        return self.state == TicketState.OPEN and self.is_over_term(on)


class TicketAction(models.TextChoices):
    """What can be done to a ticket."""

    OPENED = "opened", _("开单")
    NOTED = "noted", _("补充说明")
    FILED = "filed", _("报备")
    REPAIRED = "repaired", _("报告修复")
    REOPENED = "reopened", _("退回处理")
    CLOSED = "closed", _("确认关闭")


class TicketEvent(models.Model):
    """One step of a ticket: who, when, why; rows are only ever added."""

    ticket = models.ForeignKey(FaultTicket, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("时间"))
    by = models.CharField(_("办理人"), max_length=150)
    action = models.CharField(_("操作"), max_length=10, choices=TicketAction)
    note = models.CharField(_("说明"), max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("工单记录")
