"""Quota verdicts as they were reached, leaders (领跑者) and benchmarking campaigns (能效对标)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.monitoring.words import page_language
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Enterprise, Region
from nenghao.reference.quota_metrics import quota_metric


class SpanKind(models.TextChoices):
    """What a verdict covers; a year is the cumulative verdict of its last month."""

    MONTH = "month", _("当月")
    CUMULATIVE = "cumulative", _("累计")


class GradeWord(models.TextChoices):
    """How a verdict's grade is called."""

    ONE = "1", _("1 级（先进）")
    TWO = "2", _("2 级（准入）")
    THREE = "3", _("3 级（限定）")
    OVER = "over", _("超限额")
    CANNOT_JUDGE = "cannot_judge", _("无法判定")


class Standing(models.TextChoices):
    """Where a value stands between benchmark and baseline level."""

    BENCHMARK = "benchmark", _("达到标杆")
    BETWEEN = "between", _("标杆与基准之间")
    BELOW = "below_baseline", _("低于基准")


class Verdict(models.Model):
    """A verdict on one product's metric over one span, kept with everything it was reached from.

    ``month`` is the last month of the span. When another verdict comes out it is the next version (of a month that is
    not over yet it takes the former's place); one is current. ``value`` is in ``unit``; ``tce`` is the energy behind
    it, ``output_quantity`` in the product's unit. ``detail`` holds the printed limits, the correction steps, the
    findings, the inputs and what is unverified. ``fingerprint`` is a digest of what it says, ``inputs`` of what it was
    reached from: inputs that are the same need not be judged again.
    """

    id: int
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="quota_verdicts")
    enterprise_id: int
    product = models.ForeignKey(Product, models.CASCADE, related_name="verdicts")
    product_id: int
    kind = models.CharField(_("时段"), max_length=10, choices=SpanKind)
    month = models.DateField(_("月份"))
    metric_key = models.CharField(_("指标"), max_length=40)
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_current = models.BooleanField(_("现行"), default=True)
    quota_product = models.CharField(_("限额标准产品"), max_length=200)
    quota_condition = models.CharField(_("条件"), max_length=500, blank=True)
    standard = models.CharField(_("标准"), max_length=40, blank=True)
    clause = models.CharField(_("条款"), max_length=200, blank=True)
    metric = models.CharField(_("指标名称"), max_length=60)
    unit = models.CharField(_("单位"), max_length=30, blank=True)
    value = models.FloatField(_("单耗"), null=True)
    compared_value = models.FloatField(_("判定值"), null=True)
    output_quantity = models.FloatField(_("产量"), null=True)
    tce = models.FloatField(_("能源 [tce]"), null=True)
    limit_1 = models.FloatField(_("1 级"), null=True)
    limit_2 = models.FloatField(_("2 级"), null=True)
    limit_3 = models.FloatField(_("3 级"), null=True)
    grade = models.CharField(_("等级"), max_length=12, choices=GradeWord)
    required_grade = models.PositiveSmallIntegerField(_("应达等级"))
    meets = models.BooleanField(_("达到"), null=True)
    margin = models.FloatField(_("余量"), null=True)
    over_ratio = models.FloatField(_("超限比例"), null=True)
    benchmark = models.FloatField(_("标杆水平"), null=True)
    baseline = models.FloatField(_("基准水平"), null=True)
    standing = models.CharField(_("标杆基准"), max_length=14, choices=Standing, blank=True)
    is_unverified = models.BooleanField(_("待核"), default=False)
    decides = models.BooleanField(_("可作结论"), default=False)
    missing_ratio = models.FloatField(_("缺数比例"), null=True)
    detail = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    inputs = models.CharField(max_length=64)
    computed_at = models.DateTimeField(_("判定时间"))

    class Meta:
        ordering = ["-month", "enterprise_id", "product_id", "metric_key"]
        verbose_name = _("限额判定")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "kind", "month", "metric_key", "version"], name="verdict_version_once"
            ),
            models.UniqueConstraint(
                fields=["product", "kind", "month", "metric_key"], condition=Q(is_current=True),
                name="verdict_current_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["kind", "month", "is_current", "enterprise"], name="verdict_span"),
            models.Index(fields=["quota_product", "metric_key", "month"], name="verdict_peers"),
        ]

    def __str__(self) -> str:
        return f"{self.quota_product} {self.month:%Y-%m} {self.grade}"

    @property
    def metric_name(self) -> str:
        """The metric in the page's language: as the standard prints it, or in English."""
        return metric_name(self.metric_key, self.metric)


def metric_name(key: str, printed: str) -> str:
    """Name a metric in the page's language; ``printed`` is what the standard calls it."""
    return printed if page_language() == "zh" else quota_metric(key).name_en


class VerdictState(models.Model):
    """What the verdicts of an enterprise's year were computed from; another mark makes them stale."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    year = models.PositiveSmallIntegerField()
    mark = models.CharField(max_length=64)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enterprise", "year"], name="verdict_state_once")]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.year}"


class LeaderState(models.TextChoices):
    """Where an application stands."""

    APPLIED = "applied", _("已申报")
    VERIFIED = "verified", _("核验通过")
    REJECTED = "rejected", _("核验未通过")
    PUBLISHED = "published", _("已公布")
    WITHDRAWN = "withdrawn", _("已撤回")


class LeaderList(models.Model):
    """A yearly list of leaders (领跑者名单) as it was published, with the reason; it stays as it was."""

    id: int
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("行政区划"))
    region_id: str
    year = models.PositiveSmallIntegerField(_("年度"))
    published_at = models.DateTimeField(_("公布时间"))
    published_by = models.CharField(_("公布人"), max_length=150)
    reason = models.CharField(_("说明"), max_length=500)
    rows = models.JSONField(default=list)

    class Meta:
        ordering = ["-year", "-published_at"]
        verbose_name = _("领跑者名单")

    def __str__(self) -> str:
        return f"{self.region_id} {self.year}"


class LeaderApplication(models.Model):
    """An application to be a leader (领跑者) with a product in a year; ``conditions`` keeps how each was judged."""

    id: int
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="leader_applications")
    enterprise_id: int
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    verdict = models.ForeignKey(Verdict, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField(_("年度"))
    state = models.CharField(_("状态"), max_length=10, choices=LeaderState, default=LeaderState.APPLIED)
    statement = models.TextField(_("申报说明"), max_length=2000)
    conditions = models.JSONField(default=list)
    applied_by = models.CharField(_("申报人"), max_length=150)
    applied_at = models.DateTimeField(_("申报时间"))
    decided_by = models.CharField(_("核验人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("核验时间"), null=True)
    decision_reason = models.CharField(_("核验意见"), max_length=500, blank=True)
    listed_in = models.ForeignKey(LeaderList, models.PROTECT, null=True, related_name="applications")

    class Meta:
        ordering = ["-year", "-applied_at"]
        verbose_name = _("领跑者申报")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "year"], condition=~Q(state__in=["withdrawn", "rejected"]), name="leader_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.state}"


class CampaignStep(models.TextChoices):
    """The steps of benchmarking (能效对标); unverified, general knowledge."""

    ANALYSIS = "analysis", _("现状分析")
    CHOOSING = "choosing", _("选定标杆")
    COMPARING = "comparing", _("对标比较")
    PRACTICE = "practice", _("最佳实践")
    PLAN = "plan", _("制定方案并实施")
    EVALUATION = "evaluation", _("评估")
    IMPROVEMENT = "improvement", _("持续改进")


class CampaignFlag(models.Model):
    """A product that takes part in a year's benchmarking campaign (对标活动), and the step it has reached."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="campaigns")
    product_id: int
    year = models.PositiveSmallIntegerField(_("年度"))
    step = models.CharField(_("步骤"), max_length=12, choices=CampaignStep, default=CampaignStep.ANALYSIS)
    target = models.FloatField(_("对标目标"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    set_by = models.CharField(_("登记人"), max_length=150)
    set_at = models.DateTimeField(_("登记时间"))

    class Meta:
        ordering = ["-year", "product_id"]
        verbose_name = _("对标活动")
        constraints = [models.UniqueConstraint(fields=["product", "year"], name="campaign_once")]

    def __str__(self) -> str:
        return f"{self.year} {self.step}"
