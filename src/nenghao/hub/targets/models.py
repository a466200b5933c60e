"""Targets of total and intensity (双控目标), how months were graded, and the assessment of who bears them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.evidence.models import LedgerRow, once
from nenghao.hub.registry.models import Enterprise, Region


class ProgressForm(models.TextChoices):
    """How the drop of a plan spreads over its years."""

    FIFTHS = "fifths", _("逐年等分（20%、40%…）")
    POWER = "power", _("逐年同率 1 − (1 − D)^(k/n)")


class AccountBasis(models.TextChoices):
    """On which basis of coal equivalent a plan counts."""

    EQUIVALENT = "equivalent", _("等价值")
    CALORIFIC = "calorific", _("当量值")


class ValueKind(models.TextChoices):
    """The denominator of intensity; both in comparable prices."""

    VALUE_ADDED = "value_added_constant", _("工业增加值（可比价）")
    OUTPUT_VALUE = "output_value_constant", _("工业总产值（可比价）")


class RegionSource(models.TextChoices):
    """On which figures the targets of the regions of a plan are judged; an enterprise's always on its own."""

    ENTERPRISES = "enterprises", _("所辖用能单位汇总")
    GDP = "gdp", _("统计数据：能源消费总量、地区生产总值")
    INDUSTRY = "industry", _("统计数据：工业能源消费量、工业增加值")


class Plan(models.Model):
    """A plan period (规划期) that a region decided; it applies to the region and all below it."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="+", verbose_name=_("地区"))
    region_id: str
    name = models.CharField(_("规划期名称"), max_length=60)
    base_year = models.PositiveSmallIntegerField(_("基期年"))
    first_year = models.PositiveSmallIntegerField(_("首年"))
    last_year = models.PositiveSmallIntegerField(_("末年"))
    form = models.CharField(_("进度方式"), max_length=8, choices=ProgressForm, default=ProgressForm.FIFTHS)
    basis = models.CharField(_("折标口径"), max_length=12, choices=AccountBasis, default=AccountBasis.CALORIFIC)
    value_kind = models.CharField(_("强度分母"), max_length=24, choices=ValueKind, default=ValueKind.VALUE_ADDED)
    region_source = models.CharField(
        _("地区目标的数据来源"), max_length=12, choices=RegionSource, default=RegionSource.ENTERPRISES
    )
    source = models.CharField(_("依据文件"), max_length=200, blank=True)
    created_by = models.CharField(_("制定人"), max_length=150)
    created_at = models.DateTimeField(_("制定时间"))

    class Meta:
        ordering = ["-first_year", "name"]
        verbose_name = _("规划期")
        constraints = [models.UniqueConstraint(fields=["region", "name"], name="plan_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def years(self) -> int:
        """Number of years."""
        return self.last_year - self.first_year + 1

    def year_no(self, year: int) -> int:
        """Give which year of the plan a year is, from 1."""
        return year - self.first_year + 1


class StatisticKind(models.TextChoices):
    """What a published figure of a region says; money in yuan, energy in tce on the basis that the bureau states."""

    GDP_CURRENT = "gdp_current", _("地区生产总值（当年价）")
    GDP_CONSTANT = "gdp_constant", _("地区生产总值（可比价）")
    INDUSTRY_CURRENT = "industry_current", _("工业增加值（当年价）")
    INDUSTRY_CONSTANT = "industry_constant", _("工业增加值（可比价）")
    ENERGY_EQUIVALENT = "energy_equivalent", _("能源消费总量（等价值）")
    ENERGY_CALORIFIC = "energy_calorific", _("能源消费总量（当量值）")
    INDUSTRY_ENERGY_EQUIVALENT = "industry_energy_equivalent", _("工业能源消费量（等价值）")
    INDUSTRY_ENERGY_CALORIFIC = "industry_energy_calorific", _("工业能源消费量（当量值）")

    @property
    def is_energy(self) -> bool:
        """Whether it is an amount of energy."""
        return "energy" in self.value

    @property
    def is_constant(self) -> bool:
        """Whether it is at comparable prices, and names their year."""
        return self.value.endswith("_constant")

    @property
    def unit(self) -> str:
        """The unit it is stored in."""
        return "tce" if self.is_energy else "yuan"


class StatisticState(models.TextChoices):
    """How far the statistics bureau has got with a figure."""

    PRELIMINARY = "preliminary", _("初步数")
    FINAL = "final", _("最终数")


class RegionStatistic(LedgerRow):
    """A figure of a region as its statistics bureau published it, for the months of a year from first to last.

    A year, a quarter, a month, or the months since January (累计); ``price_year`` is the base of comparable prices, 0
    for others, and part of the key: the same quarter is published at two bases when the base changes. ``amount`` is in
    yuan or tce, ``entered_amount`` and ``entered_unit`` as printed, ``document`` where it was published.
    """

    region = models.ForeignKey(Region, models.CASCADE, related_name="statistics")
    region_id: str
    kind = models.CharField(_("指标"), max_length=26, choices=StatisticKind)
    year = models.PositiveSmallIntegerField(_("年份"))
    first_month = models.PositiveSmallIntegerField(_("起始月"))
    last_month = models.PositiveSmallIntegerField(_("截止月"))
    price_year = models.PositiveSmallIntegerField(_("可比价基年"), default=0)
    amount = models.FloatField(_("数值"))
    entered_amount = models.FloatField()
    entered_unit = models.CharField(max_length=10)
    state = models.CharField(_("数据状态"), max_length=11, choices=StatisticState)
    document = models.CharField(_("来源"), max_length=200)

    class Meta(LedgerRow.Meta):
        ordering = ["-year", "-last_month", "first_month", "kind"]
        verbose_name = _("地区统计数据")
        constraints = once(
            "region", "kind", "year", "first_month", "last_month", "price_year", name="region_statistic"
        )  # fmt: skip
        indexes = [models.Index(fields=["region", "kind", "year"], name="region_statistic_year")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.kind} {self.period}"

    @property
    def period(self) -> str:
        """The months as they are written: ``2026``, ``2026-Q2``, ``2026-05``, ``2026-01~05``."""
        return period_text(self.year, self.first_month, self.last_month)


def period_text(year: int, first_month: int, last_month: int) -> str:
    """Write months of a year.

    >>> period_text(2026, 1, 12), period_text(2026, 4, 6), period_text(2026, 5, 5), period_text(2026, 1, 9)
    ('2026', '2026-Q2', '2026-05', '2026-01~09')
    """
    if (first_month, last_month) == (1, 12):
        return f"{year}"
    if first_month == last_month:
        return f"{year}-{first_month:02d}"
    if last_month % 3 == 0 and last_month - first_month == 2:
        return f"{year}-Q{last_month // 3}"
    return f"{year}-{first_month:02d}~{last_month:02d}"


class TargetKind(models.TextChoices):
    """What a target limits."""

    INTENSITY = "intensity", _("能耗强度")
    TOTAL = "total", _("能耗总量")


WHOLE_PLAN = 0
"""Year of a target for the plan as a whole."""


class Target(LedgerRow):
    """One target: of a region or an enterprise, for the whole plan or one of its years.

    ``drop_ratio`` is a fraction: against the base year for the whole plan, against the year before for a single year.
    ``cap_tce`` is the most that may be used in the year; for the whole plan, in its last year. The base figures weigh
    the parts of a decomposition and start the progress of intensity.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="targets")
    plan_id: int
    owner_key = models.CharField(max_length=30, editable=False)
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="+")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="targets")
    kind = models.CharField(_("目标"), max_length=10, choices=TargetKind)
    year = models.PositiveSmallIntegerField(_("年份"), default=WHOLE_PLAN)
    drop_ratio = models.FloatField(_("降低率"), null=True, blank=True)
    cap_tce = models.FloatField(_("总量上限 [tce]"), null=True, blank=True)
    base_tce = models.FloatField(_("基期能耗 [tce]"), null=True, blank=True)
    base_value_yuan = models.FloatField(_("基期产值 [元]"), null=True, blank=True)
    planned_value_yuan = models.FloatField(_("末年预期产值 [元]"), null=True, blank=True)
    document = models.CharField(_("文号"), max_length=200, blank=True)

    class Meta(LedgerRow.Meta):
        ordering = ["owner_key", "kind", "year"]
        verbose_name = _("目标")
        constraints = [
            *once("plan", "owner_key", "kind", "year", name="target"),
            models.CheckConstraint(
                condition=Q(region__isnull=True) ^ Q(enterprise__isnull=True), name="target_of_one_owner"
            ),
        ]
        indexes = [models.Index(fields=["plan", "owner_key"], name="target_owner")]

    def __str__(self) -> str:
        return f"{self.owner_key} {self.kind} {self.year}"


class GradingEdition(models.Model):
    """Which grading rule (预警分级) a region uses for a kind of target from a month on; the newest one counts."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="+")
    region_id: str
    kind = models.CharField(_("目标"), max_length=10, choices=TargetKind)
    from_month = models.DateField(_("自月份起"))
    rule = models.JSONField(_("规则"))
    reason = models.CharField(_("理由"), max_length=200)
    set_by = models.CharField(_("设定人"), max_length=150)
    set_at = models.DateTimeField(_("设定时间"))

    class Meta:
        ordering = ["-from_month", "-pk"]
        verbose_name = _("分级规则")

    def __str__(self) -> str:
        return f"{self.region_id} {self.kind} {self.from_month:%Y-%m}"


class MonthGrade(models.Model):
    """How a target of an owner stood at the end of a month, as an officer issued it; never changed, only superseded.

    ``severity`` is the rank (0: nothing wrong), ``name_zh`` and ``name_en`` the rule's own names. ``due`` and
    ``reached`` are drops (fractions) of intensity, or allowed and used tce of the total.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="grades")
    owner_key = models.CharField(max_length=30)
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="+")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="+")
    kind = models.CharField(_("目标"), max_length=10, choices=TargetKind)
    month = models.DateField(_("月份"))
    due = models.FloatField()
    reached = models.FloatField(null=True)
    severity = models.PositiveSmallIntegerField(_("严重度"), null=True)
    colour = models.CharField(_("颜色"), max_length=8, blank=True)
    name_zh = models.CharField(max_length=40, blank=True)
    name_en = models.CharField(max_length=40, blank=True)
    rule_key = models.CharField(_("规则"), max_length=60)
    is_unverified = models.BooleanField(_("待核"), default=False)
    figures = models.JSONField(_("所依据的统计数据"), default=list, blank=True)
    issued_by = models.CharField(_("定级人"), max_length=150)
    issued_at = models.DateTimeField(_("定级时间"))
    is_current = models.BooleanField(_("现行"), default=True)

    class Meta:
        ordering = ["-month", "-severity", "owner_key"]
        verbose_name = _("月度定级")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "owner_key", "kind", "month"], condition=Q(is_current=True), name="grade_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.owner_key} {self.kind} {self.month:%Y-%m} {self.colour}"


class RoundState(models.TextChoices):
    """Whether a round of assessment still takes answers."""

    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结束")


class AssessmentRound(models.Model):
    """A round of assessment (考核): a region assesses enterprises or regions below it by one score sheet for a year."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="+", verbose_name=_("地区"))
    region_id: str
    year = models.PositiveSmallIntegerField(_("考核年度"))
    sheet_key = models.CharField(_("评分表"), max_length=60)
    title = models.CharField(_("名称"), max_length=120)
    self_due_on = models.DateField(_("自评截止"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=RoundState, default=RoundState.OPEN)
    opened_by = models.CharField(_("发起人"), max_length=150)
    opened_at = models.DateTimeField(_("发起时间"))

    class Meta:
        ordering = ["-year", "-pk"]
        verbose_name = _("考核轮次")
        constraints = [
            models.UniqueConstraint(fields=["region", "year", "sheet_key"], name="assessment_round_once")
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class AssessmentState(models.TextChoices):
    """Where an assessment stands."""

    SELF = "self", _("自评中")
    SUBMITTED = "submitted", _("待审核")
    RETURNED = "returned", _("已退回")
    CONFIRMED = "confirmed", _("已确认")


class Assessment(models.Model):
    """The assessment of one enterprise or one region in a round; ``points`` and ``grade`` are those confirmed."""

    round = models.ForeignKey(AssessmentRound, models.CASCADE, related_name="assessments")
    round_id: int
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, null=True, blank=True, related_name="assessments")
    enterprise_id: int | None
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="assessments")
    region_id: str | None
    state = models.CharField(_("状态"), max_length=10, choices=AssessmentState, default=AssessmentState.SELF)
    points = models.FloatField(_("得分"), null=True, blank=True)
    open_points = models.FloatField(_("未定分"), null=True, blank=True)
    grade_zh = models.CharField(_("等级"), max_length=40, blank=True)
    grade_en = models.CharField(max_length=40, blank=True)
    note = models.CharField(_("意见"), max_length=500, blank=True)
    changed_by = models.CharField(_("最近操作人"), max_length=150, blank=True)
    changed_at = models.DateTimeField(_("最近操作时间"), null=True, blank=True)

    class Meta:
        ordering = ["round_id", "region_id", "enterprise__code"]
        verbose_name = _("考核")
        constraints = [
            models.UniqueConstraint(fields=["round", "enterprise"], name="assessment_once"),
            models.UniqueConstraint(fields=["round", "region"], name="assessment_of_region_once"),
            models.CheckConstraint(
                condition=Q(region__isnull=True) ^ Q(enterprise__isnull=True), name="assessment_of_one"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.round_id} {self.region_id or self.enterprise_id}"

    @property
    def subject(self) -> Enterprise | Region:
        """Who is assessed; either has a ``code`` and a ``name``."""
        found = self.region or self.enterprise
        assert found is not None
        return found

    @property
    def place(self) -> Region:
        """The region that is assessed, or that the enterprise lies in."""
        found = self.subject
        return found if isinstance(found, Region) else found.region


class AssessmentAnswer(models.Model):
    """What was said of one item: facts (from the platform or typed), scores, their grounds, evidence, override."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answers")
    item_key = models.CharField(max_length=60)
    facts = models.JSONField(default=dict, blank=True)
    fact_sources = models.JSONField(default=dict, blank=True)
    self_points = models.JSONField(default=dict, blank=True)
    self_basis = models.CharField(_("自评依据"), max_length=500, blank=True)
    evidence = models.CharField(_("证明材料"), max_length=500, blank=True)
    review_points = models.JSONField(default=dict, blank=True)
    review_basis = models.CharField(_("审核依据"), max_length=500, blank=True)
    not_applicable = models.BooleanField(_("不涉及"), default=False)
    override = models.FloatField(_("改判分"), null=True, blank=True)
    override_reason = models.CharField(_("改判理由"), max_length=200, blank=True)

    class Meta:
        ordering = ["assessment_id", "item_key"]
        constraints = [models.UniqueConstraint(fields=["assessment", "item_key"], name="assessment_answer_once")]

    def __str__(self) -> str:
        return self.item_key
