"""What the fields of the registration form are called."""

from django.utils.translation import gettext_lazy as _

FORM_WORDS = {
    "isorg": _("公共机构"), "cmpName": _("单位名称"), "address": _("地址"), "zipCode": _("邮编"),
    "corporationName": _("法定代表人"), "registerAddress": _("单位注册地址"), "registerDate": _("注册日期"),
    "registerPrincipal": _("注册资金"), "typeCode": _("单位类别编码"), "industryCode": _("行业代码"),
    "fieldCode": _("所属领域编码"), "energyConsumeLevel": _("能耗等级"), "center": _("央企"),
    "jgzh": _("能源加工转换企业"), "latitude": _("纬度"), "longitude": _("经度"), "phone": _("电话"), "fax": _("传真"),
    "email": _("电子邮箱"), "url": _("网址"), "productionLine": _("生产线情况"), "leadingProduct": _("主要产品"),
    "groupName": _("集团名称"), "groupAddress": _("集团地址"), "orgType": _("公共机构类别"),
    "orgCode": _("组织机构代码"), "remark": _("备注"), "license": _("营业执照"),
    "organization": _("组织机构代码证"), "certificate": _("证书"),
}  # fmt: skip
"""Field → its name in words. What the clients' schema leaves without a comment is our reading of the field's name."""
