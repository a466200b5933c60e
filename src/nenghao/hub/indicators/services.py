"""Definitions that apply to a place, and values of indicators for pages and other apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import transaction

from nenghao.accounting.indicators import (
    Definition,
    Evaluated,
    definition_from,
    definition_to,
    evaluate,
    needed,
    shipped,
)
from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.indicators.frames import Accounts, Frame, enterprise_frame, product_frame
from nenghao.hub.indicators.models import OwnIndicator
from nenghao.hub.production.models import Product
from nenghao.hub.registry.models import Region
from nenghao.readings import ReadingStore


def own_definitions(region_path: str) -> list[OwnIndicator]:
    """Give the officers' definitions that apply to a place: of its region and those above, current and in use."""
    codes = region_path.rstrip("/").split("/")
    rows = OwnIndicator.objects.filter(region__in=codes, is_current=True, active=True).select_related("region")
    return sorted(rows, key=lambda row: (len(row.region.path), row.key))


def definitions_for(region_path: str) -> tuple[Definition, ...]:
    """Give all indicators of a place: those that ship, then the officers' own; the nearest region's counts."""
    own = {row.key: definition_from(row.content, row.key) for row in own_definitions(region_path)}
    return (*shipped(), *own.values())


def definition_for(region_path: str, key: str) -> Definition | None:
    """Give one indicator of a place."""
    return next((one for one in definitions_for(region_path) if one.key == key), None)


@transaction.atomic
def save_definition(
    *, actor: Actor, now: datetime, region: Region, content: Mapping[str, Any], reason: str = "", active: bool = True
) -> OwnIndicator:
    """Make a definition of a region, or its next version (which needs a reason)."""
    made = definition_from(content, str(content.get("key", "")))
    if made.key in {one.key for one in shipped()}:
        raise NenghaoError(
            "indicator-shipped", "该编码属于内置指标", "the key belongs to a shipped indicator", field="key",
            mend_zh="换一个编码", mend_en="choose another key",
        )  # fmt: skip
    before = OwnIndicator.objects.select_for_update().filter(region=region, key=made.key, is_current=True).first()
    if before is not None and not reason.strip():
        raise NenghaoError("reason-missing", "请填写更改的理由", "a change needs a reason", field="reason")
    if before is not None:
        OwnIndicator.objects.filter(pk=before.pk).update(is_current=False)
    row = OwnIndicator.objects.create(
        region=region, key=made.key, version=before.version + 1 if before else 1, active=active,
        content=definition_to(made), reason=reason.strip()[:200], set_by=actor.name, set_at=now,
    )  # fmt: skip
    record(
        actor=actor, now=now, action="indicator-defined", object_type="indicator",
        object_key=f"{region.code} {made.key}", region_path=region.path, reason=reason.strip()[:200],
        before=before.content if before else None, after=row.content | {"active": active},
    )  # fmt: skip
    return row


@dataclass(frozen=True, slots=True)
class Values:
    """Indicators of many subjects over one span; see :class:`nenghao.accounting.indicators.Evaluated`.

    ``enterprises`` and ``products`` are the frames they come from; ``by_key`` the values by indicator, in the order of
    the frame's subjects.
    """

    enterprises: Frame
    products: Frame
    by_key: Mapping[str, Evaluated]

    def frame(self, definition: Definition) -> Frame:
        """Give the frame of an indicator's subjects."""
        return self.products if definition.subject == "product" else self.enterprises

    def unverified(self, definition: Definition, months: slice = slice(None)) -> npt.NDArray[np.bool_]:
        """Tell of each subject whether its value rests on 待核: the account, or a factor of this indicator."""
        frame = self.frame(definition)
        found = np.any(frame.unverified[:, months], axis=1)
        for name in _facts_of(definition):
            if name in frame.doubted:
                found = found | np.any(frame.doubted[name][:, months], axis=1)
                found |= np.any(frame.estimated[name][:, months] > 0, axis=1)
        return found

    def estimated_years(self, definition: Definition, months: slice = slice(None)) -> tuple[int, ...]:
        """Give the years whose grid factor stands in for one that is not published; none where nothing is estimated."""
        frame = self.frame(definition)
        found = [frame.estimated[name][:, months] for name in _facts_of(definition) if name in frame.estimated]
        return tuple(sorted({int(year) for years in found for year in np.unique(years)} - {0}))


def _facts_of(definition: Definition) -> tuple[str, ...]:
    return tuple(term.fact for term in (*definition.terms("numerator"), *definition.terms("denominator")))


def frames(
    *, store: ReadingStore, definitions: Iterable[Definition], enterprise_ids: Sequence[int], start: date, end: date
) -> tuple[Frame, Frame]:
    """Load what the definitions need of the months that start in [start, end): enterprises, and their products."""
    known = list(definitions)
    names: dict[str, set[str]] = {"enterprise": set(), "product": set()}
    for one in known:
        names[one.subject] |= needed([*one.terms("numerator"), *one.terms("denominator")])
    products: dict[int, int] = {}
    if names["product"]:
        rows = Product.objects.filter(enterprise__in=list(enterprise_ids), active=True)
        products = dict(rows.values_list("pk", "enterprise_id"))
    accounts = Accounts(store, enterprise_ids, start, end)
    return (
        enterprise_frame(accounts, names=names["enterprise"]),
        product_frame(accounts, products=products, names=names["product"]),
    )


def evaluated(
    definitions: Iterable[Definition], enterprises: Frame, products: Frame, months: slice = slice(None)
) -> Values:
    """Compute the definitions over some months of the frames."""
    sums = {"enterprise": enterprises.summed(months), "product": products.summed(months)}
    sizes = {"enterprise": len(enterprises.subjects), "product": len(products.subjects)}
    return Values(
        enterprises, products, {one.key: evaluate(one, sums[one.subject], sizes[one.subject]) for one in definitions}
    )


def values(
    *, store: ReadingStore, definitions: Sequence[Definition], enterprise_ids: Sequence[int], start: date, end: date
) -> Values:
    """Give the indicators of enterprises and their products over the months that start in [start, end)."""
    loaded = frames(store=store, definitions=definitions, enterprise_ids=enterprise_ids, start=start, end=end)
    return evaluated(definitions, *loaded)
