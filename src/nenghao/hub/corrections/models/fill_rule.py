"""The rule by which gaps are filled without choosing each one (本平台设定): which methods, up to which length."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from nenghao.hub.registry.models import Region


class FillRule(models.Model):
    """What ``by_rule.propose_by_rule`` may do in a region and below; ours, no rule of the law.

    ``methods`` are tried in their order; the first that has a sufficient basis makes the proposal. A gap longer than
    ``max_gap_hours`` is left to a person, a straight line bridges at most ``linear_max_minutes``.
    """

    region = models.OneToOneField(Region, models.CASCADE, related_name="fill_rule", verbose_name=_("行政区划"))
    region_id: str
    methods = models.JSONField(_("方法次序"), default=list)
    linear_max_minutes = models.PositiveIntegerField(_("线性内插最长 [min]"), default=60)
    max_gap_hours = models.PositiveIntegerField(_("缺口最长 [h]"), default=72)
    changed_by = models.CharField(_("修改人"), max_length=150)
    changed_at = models.DateTimeField(_("修改时间"))

    class Meta:
        verbose_name = _("补数规则")

    def __str__(self) -> str:
        return f"{self.region}: {self.methods}"
