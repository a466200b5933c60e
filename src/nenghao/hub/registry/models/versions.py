"""One number that grows with every change of the registry, so that a reader knows what it has not seen yet.

Rows are never deleted, only switched off; what changed since version ``v`` is therefore ``filter(version__gt=v)``.
"""

from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.db.models import F


class RegistryVersion(models.Model):
    """The single row that holds the number."""

    value = models.BigIntegerField(default=0)


def bump_version() -> int:
    """Take the next version number; the row stays locked until the transaction ends, so numbers commit in order."""
    with transaction.atomic():
        if not RegistryVersion.objects.filter(pk=1).update(value=F("value") + 1):
            RegistryVersion.objects.create(pk=1, value=1)
        return RegistryVersion.objects.values_list("value", flat=True).get(pk=1)


def current_version() -> int:
    """Give the newest committed version number, 0 for an empty registry; one look at one row."""
    return RegistryVersion.objects.filter(pk=1).values_list("value", flat=True).first() or 0


class Versioned(models.Model):
    """A row that carries the registry version of its last change.

    ``save`` sets it; ``bulk_create`` and ``update`` must pass ``version=bump_version()`` themselves.
    """

    version = models.BigIntegerField(default=0, db_index=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with the next version number, in one transaction with it."""
        with transaction.atomic():
            self.version = bump_version()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "version"}
            super().save(*args, **kwargs)
