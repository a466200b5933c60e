"""What an enterprise uses energy with and meters it with: processes, their units, equipment, meters."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models.enterprise import Enterprise
from nenghao.hub.registry.models.versions import Versioned


class Process(Versioned):
    """A production process (生产工序); 00 means the whole plant and is not stored."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="processes")
    code = models.CharField(_("工序编码"), max_length=2)
    name = models.CharField(_("工序名称"), max_length=100)
    from_dictionary = models.BooleanField(_("平台字典"), default=False)
    industry_code = models.CharField(_("行业代码"), max_length=10, blank=True)
    remark = models.TextField(_("备注"), blank=True)

    class Meta(Versioned.Meta):
        ordering = ["code"]
        verbose_name = _("生产工序")
        constraints = [models.UniqueConstraint(fields=["enterprise", "code"], name="process_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ProcessUnit(Versioned):
    """A unit of a process (工序单元)."""

    process = models.ForeignKey(Process, models.CASCADE, related_name="units")
    code = models.CharField(_("工序单元编码"), max_length=2)
    name = models.CharField(_("工序单元名称"), max_length=100)
    commissioned_on = models.DateField(_("投产日期"), null=True, blank=True)
    designed_capacity = models.CharField(_("设计产能"), max_length=100, blank=True)

    class Meta(Versioned.Meta):
        ordering = ["code"]
        verbose_name = _("工序单元")
        constraints = [models.UniqueConstraint(fields=["process", "code"], name="process_unit_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Equipment(Versioned):
    """A piece of key energy-using equipment (重点用能设备): type 2 digits and number 2 digits within its place.

    What stands on its nameplate (铭牌) and the wire does not carry is stated by a person: ``made_year``,
    ``efficiency_pct``, ``voltage_kv``.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="equipment")
    process_unit = models.ForeignKey(ProcessUnit, models.SET_NULL, null=True, blank=True, related_name="equipment")
    type_code = models.CharField(_("设备类型编码"), max_length=2)
    number = models.CharField(_("设备编号"), max_length=2)
    name = models.CharField(_("设备名称"), max_length=100)
    model = models.CharField(_("型号"), max_length=100, blank=True)
    manufacturer = models.CharField(_("制造厂"), max_length=200, blank=True)
    rated_power_kw = models.FloatField(_("额定功率 [kW]"), null=True, blank=True)
    commissioned_on = models.DateField(_("投运日期"), null=True, blank=True)
    made_year = models.PositiveSmallIntegerField(_("出厂年份"), null=True, blank=True)
    efficiency_pct = models.FloatField(_("铭牌效率 [%]"), null=True, blank=True)
    voltage_kv = models.FloatField(_("额定电压 [kV]"), null=True, blank=True)

    class Meta(Versioned.Meta):
        ordering = ["type_code", "number"]
        verbose_name = _("重点用能设备")
        constraints = [
            models.UniqueConstraint(
                fields=["process_unit", "type_code", "number"], name="equipment_number_once_in_unit"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "type_code", "number"],
                condition=models.Q(process_unit__isnull=True),
                name="equipment_number_once_in_plant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type_code}{self.number} {self.name}"


class MeteringLevel(models.IntegerChoices):
    """Where a meter stands (GB 17167)."""

    ENTERPRISE = 1, _("进出用能单位")
    SUB_UNIT = 2, _("主要次级用能单位")
    EQUIPMENT = 3, _("主要用能设备")


class MeasureState(models.IntegerChoices):
    """Working state of a meter."""

    NORMAL = 1, _("正常")
    FAULTY = 2, _("故障")
    STOPPED = 3, _("停用")


class Meter(Versioned):
    """A metering instrument (能源计量器具): the wire's 24 fields, plus what reading its register needs.

    ``also_feeds`` holds further collect items that it feeds, each with the wire's words for ``dataCode``,
    ``dataCodeCalculate``, ``dataCodeRatio`` and ``meteringParameter``.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="meters")
    enterprise_id: int
    manage_code = models.CharField(_("管理编号"), max_length=50)
    name = models.CharField(_("名称"), max_length=100)
    type_code = models.CharField(_("类型编码"), max_length=20, blank=True)
    level = models.PositiveSmallIntegerField(_("级别"), choices=MeteringLevel, null=True, blank=True)
    parameter = models.CharField(_("计量参数"), max_length=100, blank=True)
    data_code = models.CharField(_("采集数据项"), max_length=20, blank=True)
    data_code_calculate = models.CharField(_("运算关系"), max_length=2, blank=True)
    data_code_ratio = models.CharField(_("占比"), max_length=20, blank=True)
    also_feeds = models.JSONField(default=list, blank=True, editable=False)
    manufacturer = models.CharField(_("生产厂家"), max_length=200, blank=True)
    model = models.CharField(_("型号规格"), max_length=100, blank=True)
    accuracy_class = models.CharField(_("准确度等级"), max_length=20, blank=True)
    measure_range = models.CharField(_("测量范围"), max_length=100, blank=True)
    verification_state = models.CharField(_("检定状态"), max_length=20, blank=True)
    verification_cycle = models.CharField(_("检定周期"), max_length=20, blank=True)
    verified_on = models.DateField(_("最近检定日期"), null=True, blank=True)
    verified_by = models.CharField(_("检定机构"), max_length=200, blank=True)
    verify_next_on = models.DateField(_("下次检定日期"), null=True, blank=True)
    not_verified_reason = models.CharField(_("未检定原因"), max_length=200, blank=True)
    installation_site = models.CharField(_("安装地点"), max_length=200, blank=True)
    installed_by = models.CharField(_("安装单位"), max_length=20, blank=True)
    installed_on = models.DateField(_("安装日期"), null=True, blank=True)
    user_system = models.CharField(_("接入系统"), max_length=20, blank=True)
    state = models.PositiveSmallIntegerField(_("状态"), choices=MeasureState, null=True, blank=True)
    state_since = models.DateField(_("状态日期"), null=True, blank=True)
    multiplier = models.FloatField(_("倍率"), default=1.0)
    modulus = models.FloatField(_("表底模数"), null=True, blank=True)

    class Meta(Versioned.Meta):
        ordering = ["manage_code"]
        verbose_name = _("能源计量器具")
        constraints = [models.UniqueConstraint(fields=["enterprise", "manage_code"], name="meter_manage_code_once")]

    def __str__(self) -> str:
        return f"{self.manage_code} {self.name}"
