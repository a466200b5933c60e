"""Which rules and which schemes apply: the edition in force of the nearest region upward, else what ships with nenghao.

Past days are judged by the edition that was in force then, so every question names a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from nenghao.hub.quality_rules.models import RULES_KEY, Edition, EditionKind, EditionStatus
from nenghao.hub.registry.models import Enterprise
from nenghao.quality.rules import RuleSet, default_rules, rules_from
from nenghao.quality.scores import Scheme, scheme_from, schemes


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Enterprises that are judged by the same rule set; ``edition_id`` None: the shipped one."""

    rules: RuleSet
    enterprise_ids: tuple[int, ...]
    edition_id: int | None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applies to a place for one key: the rule set or scheme, and the edition it is of (None: shipped)."""

    kind: EditionKind
    key: str
    content: RuleSet | Scheme
    edition: Edition | None


def rules_for(region_path: str, on: date) -> RuleSet:
    """Give the rule set of a region on a day.

    ``region_path`` is :attr:`Region.path`; the nearest region upward with an edition in force decides.
    """
    found = _nearest(_in_force(EditionKind.RULES, on), region_path)
    return _rules_of(found.get(RULES_KEY))


def rules_for_many(enterprises: Iterable[Enterprise], on: date) -> tuple[RuleGroup, ...]:
    """Group enterprises by the rule set that applies to them on a day, with one query for the editions.

    The enterprises come with their region loaded (``select_related("region")``), else each costs a query more.
    """
    editions = list(_in_force(EditionKind.RULES, on))
    by_path: dict[str, Edition | None] = {}
    groups: dict[int | None, tuple[Edition | None, list[int]]] = {}
    for enterprise in enterprises:
        path = enterprise.region.path
        if path not in by_path:
            by_path[path] = _nearest(editions, path).get(RULES_KEY)
        edition = by_path[path]
        groups.setdefault(edition.pk if edition else None, (edition, []))[1].append(enterprise.pk)
    return tuple(RuleGroup(_rules_of(edition), tuple(ids), key) for key, (edition, ids) in groups.items())


def schemes_for(region_path: str, on: date) -> tuple[Scheme, ...]:
    """Give the scoring schemes of a region on a day: every shipped one, in the form of the nearest edition in force."""
    found = _nearest(_in_force(EditionKind.SCHEME, on), region_path)
    return tuple(_scheme_of(shipped, found.get(shipped.key)) for shipped in schemes())


def scheme_for(region_path: str, on: date, key: str) -> Scheme:
    """Give one scheme of a region on a day; ``scheme-unknown`` is raised by the page that names it, KeyError here."""
    for known in schemes_for(region_path, on):
        if known.key == key:
            return known
    raise KeyError(key)


def applied_to(region_path: str, on: date) -> tuple[Applied, ...]:
    """Give the rule set and every scheme that apply to a place, with their editions, in two queries."""
    rules = _nearest(_in_force(EditionKind.RULES, on), region_path).get(RULES_KEY)
    editions = _nearest(_in_force(EditionKind.SCHEME, on), region_path)
    found = [Applied(EditionKind.RULES, RULES_KEY, _rules_of(rules), rules)]
    for shipped in schemes():
        edition = editions.get(shipped.key)
        found.append(Applied(EditionKind.SCHEME, shipped.key, _scheme_of(shipped, edition), edition))
    return tuple(found)


def content_of(edition: Edition) -> RuleSet | Scheme:
    """Give what an edition holds, as the checks and scores take it."""
    return rules_of(edition) if edition.kind == EditionKind.RULES else scheme_of(edition)


def rules_of(edition: Edition) -> RuleSet:
    """Give the rule set of an edition; its name and version are the edition's label (``370000/3``)."""
    day = edition.effective_from or edition.created_at.date()
    head = {"name": edition.region_id, "version": edition.number, "effective_from": day.isoformat()}
    return _parsed_rules(_text(edition.content | head))


def scheme_of(edition: Edition) -> Scheme:
    """Give the scheme of an edition; its version is the edition's number."""
    return _parsed_scheme(_text(edition.content | {"key": edition.key, "version": edition.number}))


def _in_force(kind: EditionKind, on: date) -> QuerySet[Edition]:
    return (
        Edition.objects.filter(Q(effective_until__isnull=True) | Q(effective_until__gt=on), kind=kind)
        .filter(effective_from__lte=on)
        .exclude(status=EditionStatus.DRAFT)
        .select_related("region")
    )


def _nearest(editions: Iterable[Edition], region_path: str) -> Mapping[str, Edition]:
    """Of the editions above or at a place, give by key the one of the nearest region, of two there the newer."""
    found: dict[str, Edition] = {}
    for edition in sorted(editions, key=lambda e: (len(e.region.path), e.effective_from or date.min, e.number)):
        if region_path.startswith(edition.region.path):
            found[edition.key] = edition
    return found


def _rules_of(edition: Edition | None) -> RuleSet:
    return default_rules() if edition is None else rules_of(edition)


def _scheme_of(shipped: Scheme, edition: Edition | None) -> Scheme:
    return shipped if edition is None else scheme_of(edition)


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


# Reading an edition costs a millisecond of validation; its content never changes, so the text itself is the key.
@lru_cache(maxsize=256)
def _parsed_rules(text: str) -> RuleSet:
    return rules_from(json.loads(text))


@lru_cache(maxsize=256)
def _parsed_scheme(text: str) -> Scheme:
    return scheme_from(json.loads(text))
