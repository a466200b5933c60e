"""What dialect B keeps beside the registry: applications, keys, tokens, records by dataIndex, stated coefficients."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import DataItem, Device, Enterprise


class WorkingKey(models.Model):
    """The working key (工作密钥) of an enterprise, sealed; anyone may ask for it, so it is never changed by asking."""

    enterprise = models.OneToOneField(Enterprise, models.CASCADE, related_name="yunnan_key")
    enterprise_id: int
    sealed_key = models.TextField()
    issued_at = models.DateTimeField()


class Application(models.Model):
    """A registration form (用能单位注册申请), for the officer who decides on the device that it made.

    The device's ``source_digest`` is a keyed digest of the PIN: another PIN is another device with its own decision.
    """

    device = models.OneToOneField(Device, models.CASCADE, related_name="yunnan_application")
    device_id: int
    data_index = models.CharField(_("记录索引号"), max_length=64, unique=True)
    form = models.JSONField(_("申请内容"))
    applied_at = models.DateTimeField(_("申请时间"))
    changed_at = models.DateTimeField(_("更改时间"))

    class Meta:
        ordering = ["-changed_at", "-pk"]
        verbose_name = _("注册申请")

    def __str__(self) -> str:
        return self.data_index


class Picture(models.Model):
    """A picture that came with a form or record (营业执照 …), named by the field it came in; the newest one is kept."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="+")
    enterprise_id: int
    data_index = models.CharField(max_length=64)
    field = models.CharField(max_length=30)
    kind = models.CharField(max_length=4)
    content = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_index", "field"], name="yunnan_picture_once")]


class AccessToken(models.Model):
    """A token (AK): only its digest is kept."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="yunnan_tokens")
    device_id: int
    digest = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class KeptRecord(models.Model):
    """What an enterprise told in one record, by our number for it (``dataIndex``).

    ``key`` names the record within its enterprise and kind (a code, or a digest of what it says), so that a repeated
    ``add`` finds it. A deleted record stays readable with its time.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="yunnan_records")
    enterprise_id: int
    kind = models.CharField(_("类别"), max_length=40)
    data_index = models.CharField(_("记录索引号"), max_length=64, unique=True)
    key = models.CharField(max_length=120)
    body: Any = models.JSONField(_("内容"))
    created_at = models.DateTimeField(_("新增时间"))
    changed_at = models.DateTimeField(_("更改时间"))
    deleted_at = models.DateTimeField(_("删除时间"), null=True, blank=True)

    class Meta:
        ordering = ["-changed_at", "-pk"]
        verbose_name = _("云南接口记录")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind", "key"], condition=models.Q(deleted_at__isnull=True),
                name="yunnan_record_once",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.data_index}"


class StatedCoefficient(models.Model):
    """A coefficient (折标系数, ``convertRation``) that an enterprise states with its data.

    Its statement, never used for accounting. ``expected`` is the library's in the same unit [tce per dictionary unit],
    nothing where there is none; ``agrees`` is ``None`` where the two cannot be compared.
    """

    item = models.ForeignKey(DataItem, models.CASCADE, related_name="yunnan_coefficients")
    item_id: int
    stated = models.CharField(_("申报系数"), max_length=10)
    expected = models.CharField(_("平台系数"), max_length=30, blank=True)
    agrees = models.BooleanField(_("一致"), null=True)
    first_stat_date = models.CharField(_("首次统计时间"), max_length=19)
    stated_at = models.DateTimeField(_("首次申报时间"))

    class Meta:
        ordering = ["agrees", "-stated_at", "-pk"]
        verbose_name = _("申报折标系数")
        constraints = [models.UniqueConstraint(fields=["item", "stated"], name="yunnan_coefficient_once")]

    def __str__(self) -> str:
        return self.stated
