"""Indicators that an officer defined for a region; those in files need no row."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Region


class OwnIndicator(models.Model):
    """A definition of a region, for the region and all below it; a change is the next version, one is current."""

    region = models.ForeignKey(Region, models.CASCADE, related_name="+")
    region_id: str
    key = models.SlugField(_("指标编码"), max_length=60)
    version = models.PositiveIntegerField(_("版本"), default=1)
    is_current = models.BooleanField(_("现行"), default=True)
    active = models.BooleanField(_("启用"), default=True)
    content = models.JSONField(_("定义"))
    reason = models.CharField(_("理由"), max_length=200, blank=True)
    set_by = models.CharField(_("设定人"), max_length=150)
    set_at = models.DateTimeField(_("设定时间"))

    class Meta:
        ordering = ["region_id", "key", "-version"]
        verbose_name = _("自定义指标")
        constraints = [
            models.UniqueConstraint(fields=["region", "key", "version"], name="own_indicator_version_once"),
            models.UniqueConstraint(
                fields=["region", "key"], condition=Q(is_current=True), name="own_indicator_current_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key
