"""What the register says on an enterprise's page."""

from __future__ import annotations

from typing import Any

from django import template

from nenghao.hub.registry.models import Enterprise
from nenghao.hub.registry.outdated import outdated_counts

register = template.Library()


@register.inclusion_tag("registry/outdated_line.html")
def outdated_equipment(enterprise: Enterprise) -> dict[str, Any]:
    """Say how much equipment of an enterprise is of an outdated model, with links to the pieces; else nothing."""
    return {"enterprise": enterprise, "outdated": outdated_counts(enterprise)}
