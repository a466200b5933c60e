"""How far each enterprise has come upward, what was refused there, and what must be sent again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.chain.models.links import Upstream
from nenghao.hub.registry.models import DataItem, Enterprise


class ForwardedEnterprise(models.Model):
    """What the platform above has acknowledged of one enterprise.

    ``version`` is the registry version of the enterprise's configuration above (0: to be sent again), ``stat_types``
    the statistic types that are forwarded of all its items. ``refused_version``: of the configuration that was refused
    as a whole; nothing of the enterprise is sent until the registry has a newer one.
    """

    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="enterprises")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    version = models.BigIntegerField(default=0)
    stat_types = models.CharField(max_length=4, blank=True)
    refused_version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upstream", "enterprise"], name="forwarded_enterprise_once")]


class RefusedKind(models.TextChoices):
    """What the platform above did not take."""

    CONFIGURATION = "configuration", _("基本信息与配置")
    METERS = "meters", _("计量器具")
    READINGS = "readings", _("采集数据")


class Refusal(models.Model):
    """Records that the platform above refused with a reason: kept and shown, sent again once the registry changes.

    Readings are gathered by item, statistic type and reason; configuration by enterprise, field and reason.
    """

    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="refusals")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    kind = models.CharField(_("内容"), max_length=13, choices=RefusedKind)
    item = models.ForeignKey(DataItem, models.CASCADE, null=True, blank=True, related_name="+")
    item_id: int | None
    stat_type = models.PositiveSmallIntegerField(null=True, blank=True)
    first_day = models.DateField(null=True, blank=True)
    last_day = models.DateField(null=True, blank=True)
    records = models.PositiveIntegerField(_("记录数"), default=1)
    field = models.CharField(_("字段"), max_length=100, blank=True)
    code = models.CharField(max_length=60)
    message_zh = models.TextField(blank=True)
    message_en = models.TextField(blank=True)
    mend_zh = models.TextField(blank=True)
    mend_en = models.TextField(blank=True)
    refused_at = models.DateTimeField(_("时间"))

    class Meta:
        ordering = ["-refused_at", "pk"]


class RepairReason(models.TextChoices):
    """Why something is sent again."""

    DIFFERENCE = "difference", _("对账不一致")
    POLICY = "policy", _("上报范围扩大")
    REFUSED = "refused", _("拒绝原因已处理")
    LOST = "lost", _("上级丢失数据")
    ASKED = "asked", _("人工补传")


class Repair(models.Model):
    """Days of an enterprise that are sent again, whatever the cursor says; without days: all of its history.

    ``withdraw``: values that stand above and not here are sent as missing.
    """

    upstream = models.ForeignKey(Upstream, models.CASCADE, related_name="repairs")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    stat_types = models.CharField(max_length=4, default="0123")
    reason = models.CharField(max_length=10, choices=RepairReason)
    withdraw = models.BooleanField(default=False)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
