"""Enterprises (用能单位), with every field of the wire's ``uploadConfigData.enterprise`` and ``.group``."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models.places import Industry, Region
from nenghao.hub.registry.models.versions import Versioned


class EnergyConsumeLevel(models.IntegerChoices):
    """Yearly comprehensive consumption in classes (energyConsumeLevel of the wire)."""

    BELOW_5_000_TCE = 1, _("5000 吨标准煤以下")
    BELOW_10_000_TCE = 2, _("5000–1 万吨标准煤")
    BELOW_100_000_TCE = 3, _("1–10 万吨标准煤")
    BELOW_500_000_TCE = 4, _("10–50 万吨标准煤")
    BELOW_3_000_000_TCE = 5, _("50–300 万吨标准煤")
    FROM_3_000_000_TCE = 6, _("300 万吨标准煤以上")


class EnterpriseGroup(models.Model):
    """The group (集团) an enterprise belongs to."""

    name = models.CharField(_("集团名称"), max_length=200, unique=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    remark = models.TextField(_("备注"), blank=True)

    class Meta:
        verbose_name = _("集团")

    def __str__(self) -> str:
        return self.name


class Enterprise(Versioned):
    """An enterprise, known by its 18-character unified social credit code (统一社会信用代码)."""

    code = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("单位名称"), max_length=200)
    type_code = models.CharField(_("单位类别编码"), max_length=20, blank=True)
    type_name = models.CharField(_("单位类别名称"), max_length=100, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="enterprises", verbose_name=_("行政区划"))
    region_id: str
    industry_id: str
    industry = models.ForeignKey(Industry, models.PROTECT, related_name="enterprises", verbose_name=_("行业"))
    group = models.ForeignKey(EnterpriseGroup, models.SET_NULL, null=True, blank=True, verbose_name=_("集团"))
    field_code = models.CharField(_("所属领域编码"), max_length=20, blank=True)
    field_name = models.CharField(_("所属领域"), max_length=100, blank=True)
    is_central = models.BooleanField(_("央企"), default=False)
    is_energy_converter = models.BooleanField(_("能源加工转换企业"), default=False)
    corporation_code = models.CharField(_("法人单位代码"), max_length=18, blank=True)
    corporation_name = models.CharField(_("法定代表人"), max_length=100, blank=True)
    energy_consume_level = models.PositiveSmallIntegerField(
        _("能耗等级"), choices=EnergyConsumeLevel, null=True, blank=True
    )
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    phone = models.CharField(_("电话"), max_length=50, blank=True)
    fax = models.CharField(_("传真"), max_length=50, blank=True)
    email = models.CharField(_("电子邮箱"), max_length=100, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    zip_code = models.CharField(_("邮编"), max_length=10, blank=True)
    url = models.CharField(_("网址"), max_length=200, blank=True)
    registered_on = models.DateField(_("注册日期"), null=True, blank=True)
    registered_capital = models.CharField(_("注册资金"), max_length=100, blank=True)
    energy_office = models.CharField(_("能源管理机构"), max_length=200, blank=True)
    energy_official = models.CharField(_("主管节能领导"), max_length=100, blank=True)
    energy_official_position = models.CharField(_("主管节能领导职务"), max_length=100, blank=True)
    energy_official_phone = models.CharField(_("主管节能领导电话"), max_length=50, blank=True)
    energy_manager_name = models.CharField(_("能源管理负责人"), max_length=100, blank=True)
    energy_manager_phone = models.CharField(_("能源管理负责人电话"), max_length=50, blank=True)
    management_system_certified = models.BooleanField(_("通过能源管理体系认证"), default=False)
    certified_on = models.DateField(_("认证日期"), null=True, blank=True)
    certified_by = models.CharField(_("认证机构"), max_length=200, blank=True)
    production_lines = models.TextField(_("生产线情况"), blank=True)
    leading_products = models.TextField(_("主要产品"), blank=True)
    remark = models.TextField(_("备注"), blank=True)
    is_simulated = models.BooleanField(_("含模拟数据"), default=False)
    active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"))

    class Meta(Versioned.Meta):
        ordering = ["code"]
        verbose_name = _("用能单位")

    def __str__(self) -> str:
        return self.name
