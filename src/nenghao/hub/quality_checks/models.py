"""The log of runs of the checks: when each began and ended, what it looked at, and whether it failed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RunKind(models.TextChoices):
    """What started a run."""

    NIGHTLY = "nightly", _("夜间检查")
    COMMAND = "command", _("命令")


class CheckRun(models.Model):
    """One run over a span of days (检查记录); ``ended_at`` empty: still running, or the process was killed."""

    kind = models.CharField(_("类别"), max_length=8, choices=RunKind)
    started_at = models.DateTimeField(_("开始时间"))
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    start = models.DateField(_("起始日"))
    end = models.DateField(_("截止日（不含）"))
    enterprises = models.IntegerField(_("企业数"), default=0)
    findings = models.BigIntegerField(_("问题数"), default=0)
    error = models.TextField(_("错误"), blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("检查记录")

    def __str__(self) -> str:
        return f"{self.kind} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def seconds(self) -> float | None:
        """How long the run took [s]; ``None`` while it has not ended."""
        return None if self.ended_at is None else (self.ended_at - self.started_at).total_seconds()
