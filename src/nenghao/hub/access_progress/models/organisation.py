"""Who answers for the system in a region (牵头部门、建设单位、责任人): filed, dated, and never overwritten."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Region


class RegionDuty(models.Model):
    """One filing of a region's organisation (424号 一、五); the newest that is in effect is the present one.

    A change is a new filing with its own effective date, reason and person, so that the former ones stay.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="access_duties")
    region_id: str
    persons: models.Manager[DutyPerson]
    effective_on = models.DateField(_("生效日期"))
    lead_department = models.CharField(_("牵头部门"), max_length=100)
    builder = models.CharField(_("建设单位"), max_length=100)
    mechanism = models.TextField(_("工作机制"), blank=True)
    platform_plan = models.TextField(_("省级平台建设计划"), blank=True)
    access_plan = models.TextField(_("接入端系统建设计划"), blank=True)
    documents = models.TextField(_("文件依据"), blank=True)
    filed_at = models.DateTimeField(_("报送时间"))
    filed_by = models.CharField(_("报送人"), max_length=150)
    reason = models.CharField(_("变更原因"), max_length=200)

    class Meta:
        ordering = ["-effective_on", "-pk"]
        verbose_name = _("地区组织信息")


class DutyPerson(models.Model):
    """A named person (相关责任人) of one filing, with the task that is theirs (责任落实到人)."""

    duty = models.ForeignKey(RegionDuty, models.CASCADE, related_name="persons")
    name = models.CharField(_("姓名"), max_length=50)
    department = models.CharField(_("单位"), max_length=100, blank=True)
    post = models.CharField(_("职务"), max_length=50, blank=True)
    phone = models.CharField(_("电话"), max_length=50)
    task = models.CharField(_("分工"), max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("责任人")
