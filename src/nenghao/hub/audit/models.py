"""The audit trail's table and the log of sign-in attempts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One change by one person or command; rows are only ever added.

    ``region_path`` is the path of the object's region: an operator sees the entries of its own node and below.
    """

    at = models.DateTimeField(_("时间"), db_index=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    account_name = models.CharField(_("账号"), max_length=150)
    action = models.CharField(_("操作"), max_length=50)
    object_type = models.CharField(_("对象类型"), max_length=50)
    object_key = models.CharField(_("对象"), max_length=200)
    region_path = models.CharField(max_length=40, db_index=True)
    before = models.JSONField(_("变更前"), default=dict)
    after = models.JSONField(_("变更后"), default=dict)
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    address = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("操作日志")
