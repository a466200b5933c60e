"""The monthly situation report (能耗形势分析月报) of a region."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.bulletins.models import DocumentState
from nenghao.hub.registry.models import Region

FORM = "situation/report"


class SituationReport(models.Model):
    """One edition of the report of a region about a month, on one basis of coal equivalent.

    ``figures`` are plain values as they stood when they were taken; ``generated`` the texts that follow from them,
    ``texts`` those of the report, which a person may have changed. The files are written when it is issued and kept.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="situation_reports", verbose_name=_("行政区划"))
    region_id: str
    month = models.DateField(_("月份"))
    basis = models.CharField(
        _("口径"), max_length=10, choices=[("calorific", _("当量值")), ("equivalent", _("等价值"))], default="calorific"
    )
    edition = models.PositiveSmallIntegerField(_("版次"), default=1)
    state = models.CharField(_("状态"), max_length=6, choices=DocumentState, default=DocumentState.DRAFT)
    figures = models.JSONField(default=dict)
    generated = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    figures_at = models.DateTimeField(_("取数时间"))
    created_by = models.CharField(_("起草人"), max_length=150)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=150)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    issuer = models.CharField(_("印发单位"), max_length=100, blank=True)
    issued_at = models.DateTimeField(_("印发时间"), null=True, blank=True)
    issued_by = models.CharField(_("印发人"), max_length=150, blank=True)
    word_file = models.BinaryField(null=True, editable=False)
    excel_file = models.BinaryField(null=True, editable=False)

    class Meta:
        ordering = ["-month", "region_id", "-edition"]
        verbose_name = _("形势分析月报")
        constraints = [
            models.UniqueConstraint(fields=["region", "month", "edition"], name="situation_edition_once"),
            models.UniqueConstraint(
                fields=["region", "month", "basis"], condition=models.Q(state="draft"), name="situation_draft_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.month:%Y-%m}"

    @property
    def label(self) -> str:
        """The month as the report names it: ``2026年3月``."""
        return f"{self.month.year}年{self.month.month}月"
