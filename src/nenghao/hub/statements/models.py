"""The tables of statements: what was filed, what happened to it, what was said about a cell, and when it is due."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.statements.periods import FilingPeriod
from nenghao.reporting.statements import Form, statement_form


class FilingState(models.TextChoices):
    """Where an edition stands; only a draft is ever changed."""

    DRAFT = "draft", _("填报中")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    ACCEPTED = "accepted", _("已通过")
    REOPENED = "reopened", _("已重开")


class Filing(models.Model):
    """One edition of one form of one enterprise for one period.

    ``contents`` are the texts of the cells (:mod:`nenghao.reporting.statements.document`); ``origins`` say for each
    prefilled cell (``section/row/field``) what it was and where it came from; ``explanations`` belong to warnings by
    their id; ``filed`` is what was computed when it was submitted (totals and warnings), so that it reads the same
    whatever becomes of the form. ``revision`` counts the changes.
    """

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="filings", verbose_name=_("用能单位"))
    enterprise_id: int
    form_key = models.CharField(_("报表"), max_length=40)
    form_version = models.CharField(_("表式版本"), max_length=20)
    period_kind = models.CharField(max_length=7)
    period_start = models.DateField(_("报告期"))
    edition = models.PositiveSmallIntegerField(_("版次"), default=1)
    state = models.CharField(_("状态"), max_length=9, choices=FilingState, default=FilingState.DRAFT)
    is_current = models.BooleanField(_("现行"), default=True)
    contents = models.JSONField(default=dict)
    origins = models.JSONField(default=dict)
    explanations = models.JSONField(default=dict)
    filed = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.CharField(_("建立人"), max_length=150)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=150)
    submitted_at = models.DateTimeField(_("上报时间"), null=True, blank=True)
    submitted_by = models.CharField(_("上报人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    decided_by = models.CharField(_("审核人"), max_length=150, blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    events: models.Manager[FilingEvent]
    comments: models.Manager[CellComment]

    class Meta:
        ordering = ["-period_start", "form_key", "enterprise_id", "-edition"]
        verbose_name = _("报表")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "form_key", "period_start", "edition"], name="filing_edition_once"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "form_key", "period_start"], condition=Q(is_current=True),
                name="filing_current_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["form_key", "period_start", "is_current"], name="filing_period")]

    def __str__(self) -> str:
        return f"{self.form_key} {self.period.text} #{self.edition}"

    @property
    def form(self) -> Form:
        """The form it fills in."""
        return statement_form(self.form_key)

    @property
    def period(self) -> FilingPeriod:
        """The period it is about."""
        return FilingPeriod(self.period_start, self.period_kind)

    @property
    def is_draft(self) -> bool:
        """Whether it may be changed."""
        return self.state == FilingState.DRAFT

    @property
    def state_label(self) -> str:
        """The word for its state."""
        return str(FilingState(self.state).label)


class FilingEvent(models.Model):
    """Something that happened to a filing: who, when, why; rows are only ever added."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="events")
    at = models.DateTimeField(_("时间"))
    by = models.CharField(_("办理人"), max_length=150)
    action = models.CharField(_("事项"), max_length=20)
    reason = models.CharField(_("理由"), max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("报表记录")

    def __str__(self) -> str:
        return f"{self.action} {self.by}"


class CellComment(models.Model):
    """What a reviewer says about one cell."""

    filing = models.ForeignKey(Filing, models.CASCADE, related_name="comments")
    filing_id: int
    section = models.CharField(max_length=60)
    row = models.CharField(max_length=60)
    field = models.CharField(max_length=60)
    text = models.CharField(_("意见"), max_length=500)
    at = models.DateTimeField(_("时间"))
    by = models.CharField(_("审核人"), max_length=150)

    class Meta:
        ordering = ["at", "pk"]
        verbose_name = _("审核意见")

    def __str__(self) -> str:
        return self.text

    @property
    def cell(self) -> str:
        """The cell as addresses name it."""
        return f"{self.section}:{self.row}:{self.field}"

    @property
    def dom(self) -> str:
        """The cell's id on the page."""
        return self.cell.replace(":", "-")


class DeadlineRule(models.Model):
    """When a region wants a form: ``days`` after the period ends; it holds for the region and all below it.

    The nearest region upward counts, else what the form's file says. ``is_asked`` false: the region does not want it.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="deadline_rules", verbose_name=_("行政区划"))
    region_id: str
    form_key = models.CharField(_("报表"), max_length=40)
    is_asked = models.BooleanField(_("要求报送"), default=True)
    days = models.PositiveSmallIntegerField(_("期限天数"))
    workdays = models.BooleanField(_("按工作日"), default=False)
    remind_days = models.PositiveSmallIntegerField(_("提前提醒天数"))
    source = models.CharField(_("依据"), max_length=200)
    set_at = models.DateTimeField(_("设定时间"))
    set_by = models.CharField(_("设定人"), max_length=150)

    class Meta:
        ordering = ["region_id", "form_key"]
        verbose_name = _("报送期限")
        constraints = [models.UniqueConstraint(fields=["region", "form_key"], name="deadline_rule_once")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.form_key} {self.days}"
