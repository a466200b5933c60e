"""Accounts, each bound to one node of the tree nation → province → city → county → enterprise."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Enterprise, Region


class Role(models.TextChoices):
    """What an account does (design.md section 1)."""

    OFFICER = "officer", _("节能主管部门")
    ENERGY_MANAGER = "energy_manager", _("用能单位能源管理")
    INSTITUTION = "institution", _("节能诊断服务机构")
    OPERATOR = "operator", _("系统运维")


class Account(AbstractUser):
    """A login (账号): one role, one node; it sees that node and what is below it, nothing else.

    An energy manager's node is an enterprise; an officer's, operator's or institution's is a region.
    """

    first_name = None
    last_name = None
    full_name = models.CharField(_("姓名"), max_length=100, blank=True)
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name=_("行政区划"))
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, null=True, blank=True, verbose_name=_("用能单位"))
    region_id: str | None
    enterprise_id: int | None
    must_change_password = models.BooleanField(_("须修改密码"), default=False)

    REQUIRED_FIELDS = ["role"]

    class Meta:
        ordering = ["username"]
        verbose_name = _("账号")
        constraints = [
            models.CheckConstraint(
                name="account_has_one_node",
                condition=(
                    Q(role=Role.ENERGY_MANAGER, enterprise__isnull=False, region__isnull=True)
                    | (~Q(role=Role.ENERGY_MANAGER) & Q(enterprise__isnull=True, region__isnull=False))
                ),
            )
        ]

    def get_full_name(self) -> str:
        """Give the person's name, empty when none is known."""
        return self.full_name

    def get_short_name(self) -> str:
        """Give the person's name, or the account's."""
        return self.full_name or self.username

    @property
    def region_path(self) -> str:
        """Path of the region the account's node lies in."""
        region = self.region or (self.enterprise and self.enterprise.region)
        assert region is not None
        return region.path


class SignInAttempt(models.Model):
    """A failed sign-in, kept for the rate limit; old rows are removed by the next attempt."""

    at = models.DateTimeField(db_index=True)
    username = models.CharField(max_length=150, db_index=True)
    address = models.GenericIPAddressField(null=True)
