"""Editions (版本) of rule sets and scoring schemes, and the trial runs of drafts."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Region


class EditionKind(models.TextChoices):
    """What an edition holds."""

    RULES = "rules", _("检查规则")
    SCHEME = "scheme", _("评分方案")


class EditionStatus(models.TextChoices):
    """How far an edition has come; only a draft changes."""

    DRAFT = "draft", _("草稿")
    ACTIVE = "active", _("已启用")
    RETIRED = "retired", _("已停用")


RULES_KEY = "rules"
"""``key`` of every rule set; a scheme's editions carry the key of the scheme."""


class Edition(models.Model):
    """One version of a region's rule set, or of its form of a scoring scheme.

    It is in force from ``effective_from`` until ``effective_until`` (exclusive, None: open) for the enterprises of the
    region and below, where no nearer region has one. ``content`` is what ``rules_to`` or ``scheme_to`` give; it never
    changes once the edition was activated.
    """

    kind = models.CharField(_("类别"), max_length=6, choices=EditionKind)
    key = models.CharField(_("代号"), max_length=40)
    region = models.ForeignKey(Region, models.PROTECT, related_name="quality_editions", verbose_name=_("行政区划"))
    region_id: str
    number = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("名称"), max_length=100)
    content = models.JSONField()
    status = models.CharField(_("状态"), max_length=7, choices=EditionStatus, default=EditionStatus.DRAFT)
    based_on_id: int | None
    trials: models.Manager[Trial]
    based_on = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    effective_from = models.DateField(_("生效日期"), null=True, blank=True)
    effective_until = models.DateField(_("停用日期"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    created_by = models.CharField(_("创建人"), max_length=150)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=150)
    activated_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    activated_by = models.CharField(_("启用人"), max_length=150, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "key", "region__path", "-number"]
        verbose_name = _("规则与评分版本")
        constraints = [
            models.UniqueConstraint(fields=["region", "kind", "key", "number"], name="edition_number_once"),
            models.CheckConstraint(
                name="edition_in_force_has_a_day",
                condition=models.Q(status=EditionStatus.DRAFT) | models.Q(effective_from__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["kind", "status"], name="edition_kind_status")]

    def __str__(self) -> str:
        return f"{self.title} {self.label}"

    @property
    def label(self) -> str:
        """Region and number (``370000/3``): the name under which findings keep the rule set they were judged by."""
        return f"{self.region_id}/{self.number}"

    def in_force(self, on: date) -> bool:
        """Whether the edition is in force on a day."""
        return (
            self.status != EditionStatus.DRAFT and self.effective_from is not None and self.effective_from <= on
            and (self.effective_until is None or on < self.effective_until)
        )  # fmt: skip


class Trial(models.Model):
    """A trial run (试运行) of a draft over past days: what would change if it were activated.

    ``content`` is what was tried, so that a later change of the draft shows. ``result`` holds the figures (trial.py);
    ``looked_at`` of ``affected`` enterprises were looked at: a run on a page stops after some seconds.
    """

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="trials")
    content = models.JSONField()
    start = models.DateField(_("起"))
    end = models.DateField(_("止"))
    ran_at = models.DateTimeField(_("时间"))
    ran_by = models.CharField(_("执行人"), max_length=150)
    seconds = models.FloatField(_("用时 [s]"))
    affected = models.PositiveIntegerField()
    looked_at = models.PositiveIntegerField()
    result = models.JSONField()

    class Meta:
        ordering = ["-ran_at", "-pk"]
        verbose_name = _("试运行")

    @property
    def is_sample(self) -> bool:
        """Whether some of the enterprises were not looked at."""
        return self.looked_at < self.affected
