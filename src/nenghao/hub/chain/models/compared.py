"""What was compared with the other side of a link: one row per enterprise and day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.chain.models.links import Platform, Upstream
from nenghao.hub.registry.models import Enterprise


class DayState(models.TextChoices):
    """Whether both sides hold the same of an enterprise's day."""

    EQUAL = "equal", _("一致")
    DIFFERS = "differs", _("不一致")
    SURPLUS = "surplus", _("上级多出")
    """The platform above has values that the one below has not; nothing else differs."""


class ComparedDay(models.Model):
    """Counts, fingerprint and totals of one enterprise and day, ours and theirs.

    Counts are of values (a reading that says *missing* is counted apart). Totals map an energy to
    ``[quantity, tce]``, the quantity in the energy's base unit. ``attempts``: how often the day was sent again without
    becoming equal; it starts anew when either side changes.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    day = models.DateField(_("日期"))
    state = models.CharField(_("结果"), max_length=7, choices=DayState)
    own_count = models.PositiveIntegerField(_("本级条数"))
    other_count = models.PositiveIntegerField(_("对方条数"))
    own_missing = models.PositiveIntegerField(_("本级缺数"), default=0)
    other_missing = models.PositiveIntegerField(_("对方缺数"), default=0)
    own_fingerprint = models.CharField(max_length=32, blank=True)
    other_fingerprint = models.CharField(max_length=32, blank=True)
    own_totals: models.JSONField[Any] = models.JSONField(default=dict)
    other_totals: models.JSONField[Any] = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    compared_at = models.DateTimeField(_("对账时间"))
    items: models.JSONField[Any] = models.JSONField(default=list)
    """Where a day stays unequal: its items that differ, as :func:`nenghao.hub.chain.details.differing` gives them."""

    class Meta:
        abstract = True

    @property
    def has_own(self) -> bool:
        """Whether there is anything here of the day that could be sent."""
        return self.own_count > 0 or self.own_missing > 0

    def __str__(self) -> str:
        day: date = self.day
        return f"{self.enterprise_id} {day:%Y-%m-%d} {self.state}"


class ForwardedDay(ComparedDay):
    """A day compared with a platform above; *own* is this hub, *other* the platform above."""

    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="days")
    upstream_id: int

    class Meta(ComparedDay.Meta):
        ordering = ["-day", "enterprise_id"]
        indexes = [models.Index(fields=["upstream", "day"]), models.Index(fields=["upstream", "state"])]
        constraints = [models.UniqueConstraint(fields=["upstream", "enterprise", "day"], name="forwarded_day_once")]


class ReceivedDay(ComparedDay):
    """A day compared with a platform below; *own* is this hub, *other* the platform below."""

    platform = models.ForeignKey(Platform, models.CASCADE, related_name="days")
    platform_id: int

    class Meta(ComparedDay.Meta):
        ordering = ["-day", "enterprise_id"]
        indexes = [models.Index(fields=["platform", "day"]), models.Index(fields=["platform", "state"])]
        constraints = [models.UniqueConstraint(fields=["platform", "enterprise", "day"], name="received_day_once")]
