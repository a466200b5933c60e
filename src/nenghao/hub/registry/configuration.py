"""What an enterprise configured: processes, units, equipment, meters and data items, put as whole lists.

A list is compared with what is there in one query; new rows are added, changed rows are updated, equal rows are left
alone (so that a daily repetition costs nothing), and rows that are not in the list stay: history hangs on them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import (
    DataItem,
    Enterprise,
    Equipment,
    Meter,
    Process,
    ProcessUnit,
    bump_version,
)

Facts = Mapping[str, Any]
configuration_put = Signal()
"""Sent inside the transaction when rows were added or changed: ``actor``, ``now``, ``enterprise``, ``model``."""


@dataclass(frozen=True, slots=True)
class Put:
    """How many rows were added and changed."""

    created: int
    changed: int


def put_data_items(*, actor: Actor, now: datetime, enterprise: Enterprise, rows: Iterable[Facts]) -> Put:
    """Put data items; each row maps field names of :class:`DataItem`, ``data_code`` being the key.

    A data code that comes twice counts with its last row.
    """
    return _put(actor=actor, now=now, enterprise=enterprise, model=DataItem, key=("data_code",), rows=rows)


def put_processes(*, actor: Actor, now: datetime, enterprise: Enterprise, rows: Iterable[Facts]) -> Put:
    """Put processes by ``code``."""
    return _put(actor=actor, now=now, enterprise=enterprise, model=Process, key=("code",), rows=rows)


def put_process_units(*, actor: Actor, now: datetime, enterprise: Enterprise, rows: Iterable[Facts]) -> Put:
    """Put process units by ``process_id`` and ``code``; the processes are there already."""
    return _put(actor=actor, now=now, enterprise=enterprise, model=ProcessUnit, key=("process_id", "code"), rows=rows)


def put_equipment(*, actor: Actor, now: datetime, enterprise: Enterprise, rows: Iterable[Facts]) -> Put:
    """Put equipment by ``process_unit_id`` (or none), ``type_code`` and ``number``."""
    key = ("process_unit_id", "type_code", "number")
    return _put(actor=actor, now=now, enterprise=enterprise, model=Equipment, key=key, rows=rows)


def put_meters(*, actor: Actor, now: datetime, enterprise: Enterprise, rows: Iterable[Facts]) -> Put:
    """Put meters by ``manage_code``."""
    return _put(actor=actor, now=now, enterprise=enterprise, model=Meter, key=("manage_code",), rows=rows)


@transaction.atomic
def _put(
    *,
    actor: Actor,
    now: datetime,
    enterprise: Enterprise,
    model: type[models.Model],
    key: Sequence[str],
    rows: Iterable[Facts],
) -> Put:
    Enterprise.objects.select_for_update().get(pk=enterprise.pk)  # two uploads at once wait for each other
    wanted = {tuple(row.get(name) for name in key): row for row in rows}
    owner = {"process__enterprise": enterprise} if model is ProcessUnit else {"enterprise": enterprise}
    present = {tuple(getattr(row, name) for name in key): row for row in model._default_manager.filter(**owner)}
    created, changed = _differences(model, enterprise, wanted, present)
    if not created and not changed:
        return Put(0, 0)
    version = bump_version()
    for row in (*created, *changed):
        row.version = version
    model._default_manager.bulk_create(created)
    fields = [f.name for f in model._meta.concrete_fields if not f.primary_key]
    model._default_manager.bulk_update(changed, fields, batch_size=200)
    record(
        actor=actor, now=now, action="registry-put", object_type=model._meta.model_name or "",
        object_key=enterprise.code, region_path=enterprise.region.path,
        after={"created": len(created), "changed": len(changed), "version": version},
    )  # fmt: skip
    configuration_put.send(sender=model, actor=actor, now=now, enterprise=enterprise, model=model)
    return Put(len(created), len(changed))


def _differences(
    model: type[models.Model],
    enterprise: Enterprise,
    wanted: Mapping[tuple, Facts],
    present: Mapping[tuple, Any],
) -> tuple[list[Any], list[Any]]:
    """Split the wanted rows into new and changed model instances."""
    owner: dict[str, Any] = {} if model is ProcessUnit else {"enterprise": enterprise}
    created, changed = [], []
    for key, facts in wanted.items():
        row = present.get(key)
        if row is None:
            created.append(model(**owner, **facts))
        elif any(getattr(row, name) != value for name, value in facts.items()):
            for name, value in facts.items():
                setattr(row, name, value)
            changed.append(row)
    return created, changed
