"""Administrative divisions (行政区划, GB/T 2260) and industries (国民经济行业分类, GB/T 4754)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RegionLevel(models.TextChoices):
    """Levels of the region tree."""

    NATION = "nation", _("国家")
    PROVINCE = "province", _("省")
    CITY = "city", _("市")
    COUNTY = "county", _("县")


class Region(models.Model):
    """A node of the tree nation → province → city → county; the nation has our own code 000000.

    ``path`` lists the codes from the nation down, each followed by a slash (``000000/370000/370600/``): a node and all
    below it are the rows whose path starts with the node's path.
    """

    code = models.CharField(_("行政区划代码"), max_length=6, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)
    level = models.CharField(_("级别"), max_length=8, choices=RegionLevel)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=40, unique=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("行政区划")

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_codes(self) -> list[str]:
        """Codes from the nation down to the node itself, for a breadcrumb."""
        return self.path.rstrip("/").split("/")


class IndustryLevel(models.TextChoices):
    """Levels of GB/T 4754."""

    SECTION = "section", _("门类")
    DIVISION = "division", _("大类")
    GROUP = "group", _("中类")
    CLASS = "class", _("小类")


class Industry(models.Model):
    """An industry with its section letter, as on the wire: ``C``, ``C31``, ``C311``, ``C3110``.

    A code is a prefix of the codes below it, so ``code__startswith`` selects a whole division.
    """

    code = models.CharField(_("行业代码"), max_length=5, primary_key=True)
    name = models.CharField(_("名称"), max_length=80)
    level = models.CharField(_("级别"), max_length=8, choices=IndustryLevel)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["code"]
        verbose_name = _("行业")

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
