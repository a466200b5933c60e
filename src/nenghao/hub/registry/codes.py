"""Fills the tables of regions and industries from the reference library."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import models, transaction

from nenghao.hub.registry.models import Industry, Region, RegionLevel
from nenghao.reference import library

NATION = "000000"
NATION_NAME = "全国"


@transaction.atomic
def seed_codes() -> dict[str, int]:
    """Put all regions and industries; repeated calls bring names up to the library. Gives the number of each.

    A code that is no longer in the library stays, since enterprises may hang on it.
    """
    return {"regions": _put(Region, _regions()), "industries": _put(Industry, _industries())}


def _regions() -> Iterator[Region]:
    paths = {NATION: f"{NATION}/"}
    yield Region(code=NATION, name=NATION_NAME, level=RegionLevel.NATION, path=paths[NATION])
    for row in library().regions():  # parents come before their children
        parent = row.parent or NATION
        paths[row.code] = f"{paths[parent]}{row.code}/"
        yield Region(
            code=row.code, name=row.display_name, level=row.level, parent_id=parent, path=paths[row.code]
        )  # fmt: skip


def _industries() -> Iterator[Industry]:
    for row in library().industries():
        yield Industry(code=row.code, name=row.name, level=row.level, parent_id=row.parent or None)


def _put(model: type[models.Model], rows: Iterator[models.Model]) -> int:
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    return len(
        model._default_manager.bulk_create(
            list(rows), batch_size=500, update_conflicts=True, unique_fields=["code"], update_fields=fields
        )
    )
