"""The table of quarterly documents."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.bulletins.quarters import Quarter
from nenghao.hub.registry.models import Region


class DocumentKind(models.TextChoices):
    """What is written every quarter."""

    REPORT = "report", _("季度报告")
    BULLETIN = "bulletin", _("季度通报")

    @property
    def form_name(self) -> str:
        """The form's folder and file."""
        return f"quarterly/{self.value}"


class DocumentState(models.TextChoices):
    """A draft may be edited; what was issued stays as it was."""

    DRAFT = "draft", _("起草中")
    ISSUED = "issued", _("已印发")


class QuarterlyDocument(models.Model):
    """One edition of a report or bulletin of a region about a quarter.

    ``figures`` are plain values as they stood when they were taken; ``generated`` the texts that follow from them,
    ``texts`` those of the document, which a person may have changed. The files are written when it is issued.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="quarterly_documents", verbose_name=_("行政区划"))
    region_id: str
    kind = models.CharField(_("种类"), max_length=8, choices=DocumentKind)
    quarter_start = models.DateField(_("季度"))
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
        ordering = ["-quarter_start", "region_id", "kind", "-edition"]
        verbose_name = _("季度文件")
        constraints = [
            models.UniqueConstraint(
                fields=["region", "kind", "quarter_start", "edition"], name="quarterly_edition_once"
            ),
            models.UniqueConstraint(
                fields=["region", "kind", "quarter_start"],
                condition=models.Q(state="draft"),
                name="quarterly_draft_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.kind} {self.quarter.text}"

    @property
    def quarter(self) -> Quarter:
        """The quarter it is about."""
        return Quarter.of(self.quarter_start)

    @property
    def due_on(self) -> date:
        """The day by which it is to be sent."""
        return self.quarter.report_due_on
