"""The two ends of a link: the platform above that this hub sends to, the platform below that sends to this hub."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Region
from nenghao.hub.registry.models.collection import DeviceStatus
from nenghao.hub.registry.models.enterprise import EnergyConsumeLevel
from nenghao.hub.registry.models.keys import KeyHolder
from nenghao.hub.registry.models.versions import Versioned
from nenghao.hub.seals import seal, unseal


class UpstreamKind(models.TextChoices):
    """As what this hub registers above."""

    PLATFORM = "platform", _("下级平台")
    DEVICE = "device", _("用能单位的端设备")


class UpstreamState(models.TextChoices):
    """How the link upward stands."""

    NEW = "new", _("未连接")
    WAITING = "waiting", _("等待上级批准")
    CONNECTED = "connected", _("已连接")
    FAILING = "failing", _("连接失败")


class Upstream(Versioned):
    """A platform above (上级平台): where this hub sends, what, and how far it has come.

    Saving tells the forwarder of whatever process serves (by the registry's version); the forwarder itself writes its
    cursors and words with ``update``, which tells nobody. ``batch_id``: every batch of this hub's store up to it is
    acknowledged above, as far as the policy asks. ``registry_version`` likewise for the registry.
    """

    name = models.CharField(_("名称"), max_length=60, unique=True)
    kind = models.CharField(_("接入身份"), max_length=8, choices=UpstreamKind, default=UpstreamKind.PLATFORM)
    register_url = models.CharField(_("注册地址"), max_length=300)
    profile = models.CharField(_("协议规格"), max_length=30, default="national")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("行政区划"))
    region_id: str
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, related_name="+")
    enterprise_id: int | None
    is_active = models.BooleanField(_("启用"), default=True)

    stat_types = models.CharField(_("上报的统计类型"), max_length=4, default="123")
    realtime_level = models.PositiveSmallIntegerField(
        _("实时数据：能耗等级不低于"), choices=EnergyConsumeLevel, null=True, blank=True
    )
    realtime_enterprises = models.JSONField(_("实时数据：指定单位"), default=list, blank=True)
    batch_records = models.PositiveIntegerField(_("每批记录数"), default=2000)

    ca_file = models.CharField(_("CA 证书"), max_length=300, blank=True)
    client_cert = models.CharField(_("客户端证书"), max_length=300, blank=True)
    client_key = models.CharField(_("客户端私钥"), max_length=300, blank=True)

    sealed_client_id = models.TextField(blank=True, editable=False)
    device_id = models.CharField(_("本平台标识"), max_length=64, blank=True)
    sealed_secret_key = models.TextField(blank=True, editable=False)
    sealed_sign_key = models.TextField(blank=True, editable=False)
    urls = models.JSONField(default=dict, blank=True, editable=False)
    reg_version = models.CharField(max_length=64, blank=True, editable=False)
    dic_version = models.CharField(max_length=64, blank=True, editable=False)

    registry_version = models.BigIntegerField(default=0, editable=False)
    batch_id = models.BigIntegerField(default=0, editable=False)
    upper_batch = models.BigIntegerField(default=0, editable=False)
    compared_batch_id = models.BigIntegerField(default=0, editable=False)
    compare_from = models.DateField(null=True, blank=True, editable=False)
    compare_until = models.DateField(null=True, blank=True, editable=False)
    compared_on = models.DateField(null=True, blank=True, editable=False)

    state = models.CharField(_("状态"), max_length=9, choices=UpstreamState, default=UpstreamState.NEW)
    error_zh = models.TextField(blank=True, editable=False)
    error_en = models.TextField(blank=True, editable=False)
    error_at = models.DateTimeField(null=True, blank=True, editable=False)
    connected_at = models.DateTimeField(null=True, blank=True, editable=False)
    forwarded_at = models.DateTimeField(null=True, blank=True, editable=False)
    forwarded_readings = models.BigIntegerField(default=0, editable=False)

    class Meta(Versioned.Meta):
        ordering = ["name"]
        verbose_name = _("上级平台")

    def __str__(self) -> str:
        return self.name

    @property
    def secret_key(self) -> str:
        """The SM4 key, 32 hex digits, or nothing; never print or log it."""
        return unseal(self.sealed_secret_key)

    @property
    def sign_key(self) -> str:
        """The key of HMAC-SM3, 64 hex digits, or nothing; never print or log it."""
        return unseal(self.sealed_sign_key)

    @property
    def client_id(self) -> str:
        """The random text by which the platform above knows this hub again; never print or log it."""
        return unseal(self.sealed_client_id)

    @client_id.setter
    def client_id(self, text: str) -> None:
        self.sealed_client_id = seal(text)


class Platform(KeyHolder, Versioned):
    """A platform below (下级平台) that registered itself; what it sends counts once an officer has approved it.

    It speaks dialect A with ``platform_id`` in the place of the device, for every enterprise of its region.
    """

    platform_id = models.CharField(_("平台标识"), max_length=32, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("行政区划"))
    region_id: str
    name = models.CharField(_("名称"), max_length=100)
    status = models.CharField(_("状态"), max_length=8, choices=DeviceStatus, default=DeviceStatus.PENDING)
    profile = models.CharField(_("协议规格"), max_length=30, default="national")
    upload_time = models.TimeField(_("上传时点"), default=dt.time(0, 0))
    registered_at = models.DateTimeField(_("注册时间"))
    remote_address = models.GenericIPAddressField(_("地址"), null=True, blank=True)
    source_digest = models.CharField(max_length=64, blank=True, editable=False)
    software_version = models.CharField(_("软件版本"), max_length=100, blank=True)
    decided_by = models.CharField(_("审批人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta(KeyHolder.Meta, Versioned.Meta):
        ordering = ["region_id", "platform_id"]
        verbose_name = _("下级平台")
        constraints = [
            models.UniqueConstraint(
                fields=["region", "source_digest"],
                condition=~models.Q(source_digest=""),
                name="platform_once_per_source",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def audited_as(self) -> dict[str, str]:
        """Name the platform in the audit trail."""
        return {"object_type": "platform", "object_key": self.platform_id, "region_path": self.region.path}
