"""What is uploaded and by whom: data items and devices."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models.assets import Equipment, Process, ProcessUnit
from nenghao.hub.registry.models.enterprise import Enterprise
from nenghao.hub.registry.models.keys import KeyHolder
from nenghao.hub.registry.models.versions import Versioned


class Scope(models.IntegerChoices):
    """What part of the plant an item covers (scope of the wire)."""

    PLANT = 1, _("全厂")
    PROCESS = 2, _("生产工序")
    PROCESS_UNIT = 3, _("工序单元")
    EQUIPMENT = 4, _("重点耗能设备")


class DataItem(Versioned):
    """A collected quantity (采集数据项), known within its enterprise by its data code.

    ``stat_types`` holds the digits of the statistic types that are due (``"012"``: real-time, day, month).
    A value on the wire times ``wire_to_base`` is in ``base_unit``. ``value_min`` and ``value_max`` are in the
    wire unit, as the enterprise configured them. Items that are not energy have no ``energy_key``.
    Name, source, limits and remarks are those of the shortest statistic type; ``by_stat_type`` holds what the rows of
    longer types say otherwise, by type and column.
    ``counts_by_choice`` is an officer's choice that outlasts configuration uploads; without one, ``counts_in_total``
    follows the rule of :mod:`nenghao.hub.registry.totals`.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="data_items")
    enterprise_id: int
    data_code = models.CharField(_("数据项编码"), max_length=20)
    name = models.CharField(_("名称"), max_length=200)
    energy_key = models.CharField(_("能源品种"), max_length=60, blank=True)
    class_code = models.CharField(_("采集数据类型"), max_length=2)
    type_code = models.CharField(_("分类分项"), max_length=4)
    usage_code = models.CharField(_("用途"), max_length=2)
    scope = models.PositiveSmallIntegerField(_("范围"), choices=Scope, default=Scope.PLANT)
    input_type = models.PositiveSmallIntegerField(_("采集来源"), null=True, blank=True)
    stat_types = models.CharField(_("统计类型"), max_length=4, default="01")
    realtime_minutes = models.PositiveSmallIntegerField(_("实时周期 [min]"), default=15)
    wire_unit = models.CharField(_("上传单位"), max_length=30)
    base_unit = models.CharField(_("存储单位"), max_length=30)
    wire_to_base = models.FloatField(_("换算系数"), default=1.0)
    value_min = models.FloatField(_("下限"), null=True, blank=True)
    value_max = models.FloatField(_("上限"), null=True, blank=True)
    may_be_negative = models.BooleanField(_("可为负"), default=False)
    counts_in_total = models.BooleanField(_("计入综合能耗"), default=False)
    counts_by_choice = models.BooleanField(_("人工指定计入"), null=True, blank=True)
    is_simulated = models.BooleanField(_("模拟数据"), default=False)
    process = models.ForeignKey(Process, models.SET_NULL, null=True, blank=True)
    process_unit = models.ForeignKey(ProcessUnit, models.SET_NULL, null=True, blank=True)
    equipment = models.ForeignKey(Equipment, models.SET_NULL, null=True, blank=True)
    collect_system_name = models.CharField(_("采集系统"), max_length=100, blank=True)
    by_stat_type = models.JSONField(default=dict, blank=True, editable=False)
    remark = models.TextField(_("备注"), blank=True)
    active = models.BooleanField(_("启用"), default=True)

    class Meta(Versioned.Meta):
        ordering = ["enterprise_id", "data_code"]
        verbose_name = _("采集数据项")
        constraints = [models.UniqueConstraint(fields=["enterprise", "data_code"], name="data_code_once")]

    def __str__(self) -> str:
        return f"{self.data_code} {self.name}"


class DeviceStatus(models.TextChoices):
    """Whether a device's uploads count."""

    PENDING = "pending", _("待审批")
    APPROVED = "approved", _("已批准")
    REFUSED = "refused", _("已拒绝")
    REVOKED = "revoked", _("已撤销")


class Device(KeyHolder, Versioned):
    """An end device (端设备) that registered itself; its data counts once an officer has approved it.

    When it was last seen is not here: the reading store's batch table knows, without a write per request.
    ``source_digest`` tells who asked (a digest of the gateway's own random text, or of its address), so that the same
    gateway that registers again gets the same identity and nobody else gets it.
    """

    device_id = models.CharField(_("设备标识"), max_length=32, unique=True)
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="devices")
    enterprise_id: int
    name = models.CharField(_("名称"), max_length=100, blank=True)
    status = models.CharField(_("状态"), max_length=8, choices=DeviceStatus, default=DeviceStatus.PENDING)
    profile = models.CharField(_("协议规格"), max_length=30, default="national")
    upload_time = models.TimeField(_("上传时点"))
    registered_at = models.DateTimeField(_("注册时间"))
    remote_address = models.GenericIPAddressField(_("地址"), null=True, blank=True)
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    software_version = models.CharField(_("软件版本"), max_length=100, blank=True)
    decided_by = models.CharField(_("审批人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta(KeyHolder.Meta, Versioned.Meta):
        ordering = ["-registered_at", "device_id"]
        verbose_name = _("端设备")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "source_digest"],
                condition=~models.Q(source_digest=""),
                name="device_once_per_source",
            )
        ]

    def __str__(self) -> str:
        return self.device_id

    def audited_as(self) -> dict[str, str]:
        """Name the device in the audit trail; load it with ``select_related("enterprise__region")``."""
        return {
            "object_type": "device", "object_key": self.device_id, "region_path": self.enterprise.region.path,
        }  # fmt: skip
