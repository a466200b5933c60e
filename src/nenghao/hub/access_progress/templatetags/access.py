"""Filters of the access pages: names of flags and of fields."""

from __future__ import annotations

from django import template
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _

from nenghao.hub.access_progress.health import FLAGS
from nenghao.hub.access_progress.models import AccessPlan, RegionDuty

register = template.Library()


@register.filter
def flag_name(flag: str) -> str:
    """Name a problem of a device."""
    return str(FLAGS[flag])


@register.filter
def field_name(name: str) -> str:
    """Name a field of a plan or of a region's filing, as their forms do; an unknown one stays as it is."""
    if name == "persons":
        return _("责任人")
    for model in (AccessPlan, RegionDuty):
        try:
            return str(model._meta.get_field(name).verbose_name)
        except FieldDoesNotExist:
            continue
    return name
