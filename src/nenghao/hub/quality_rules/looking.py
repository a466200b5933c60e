"""Which editions an account may see and which it may change, and what the pages show of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import SEES_A_REGION
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.monitoring.words import page_language
from nenghao.hub.quality_rules import words
from nenghao.hub.quality_rules.comparing import changes
from nenghao.hub.quality_rules.editing import OBJECT_TYPE, shipped_content
from nenghao.hub.quality_rules.forms import Sheet, content_sheet
from nenghao.hub.quality_rules.models import RULES_KEY, Edition, EditionKind, EditionStatus
from nenghao.quality.scores import scheme, schemes


def readable_editions(account: Account) -> QuerySet[Edition]:
    """Give the editions of the account's region and below, and those in force or retired of the regions above it."""
    if account.role not in SEES_A_REGION or account.region is None:
        return Edition.objects.none()
    above = Q(region__code__in=account.region.ancestor_codes) & ~Q(status=EditionStatus.DRAFT)
    return Edition.objects.filter(Q(region__path__startswith=account.region.path) | above).select_related("region")


def require_edition(account: Account, edition_id: int) -> Edition:
    """Give an edition that the account may read; 404 for any other."""
    found = readable_editions(account).filter(pk=edition_id).first()
    if found is None:
        raise Http404("edition")
    return found


def is_own(account: Account, edition: Edition) -> bool:
    """Whether the edition is of the account's region or below it."""
    return account.region is not None and edition.region.path.startswith(account.region.path)


def may_change(account: Account, edition: Edition) -> bool:
    """Whether the account may change, activate or retire it: an officer, in the own region and below."""
    return account.role == Role.OFFICER and is_own(account, edition)


def require_own_edition(account: Account, edition_id: int) -> Edition:
    """Give an edition that the account may change; 404 for any other."""
    found = require_edition(account, edition_id)
    if not may_change(account, found):
        raise Http404("edition")
    return found


def key_name(key: str) -> str:
    """Name what an edition is of: the rules, or the scheme."""
    if key == RULES_KEY:
        return _("检查规则")
    known = {shipped.key: shipped for shipped in schemes()}
    return known[key].name(page_language()) if key in known else key


def key_choices() -> Sequence[tuple[str, str]]:
    """List everything an edition can be of."""
    return [(key, key_name(key)) for key in (RULES_KEY, *(shipped.key for shipped in schemes()))]


def kind_of(key: str) -> EditionKind:
    """Give the kind of a key; 404 where there is no such scheme."""
    if key == RULES_KEY:
        return EditionKind.RULES
    if key not in {shipped.key for shipped in schemes()}:
        raise Http404("scheme")
    return EditionKind.SCHEME


def stage(edition: Edition, today: date) -> str:
    """Say where an edition stands on a day: ``draft``, ``waiting``, ``in-force`` or ``retired``."""
    if edition.status == EditionStatus.DRAFT:
        return "draft"
    if edition.in_force(today):
        return "in-force"
    return "waiting" if edition.effective_from and edition.effective_from > today and _ever(edition) else "retired"


def _ever(edition: Edition) -> bool:
    until, since = edition.effective_until, edition.effective_from
    return until is None or (since is not None and since < until)


def stage_word(name: str) -> str:
    """Name a stage."""
    return {"draft": _("草稿"), "waiting": _("待生效"), "in-force": _("生效中"), "retired": _("已停用")}[name]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A field that differs, in words."""

    part: str
    field: str
    before: str
    after: str


def shown_changes(kind: str, key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ShownChange]:
    """List what differs between two contents, in words."""
    names = _part_names(shipped_content(kind, key))
    return [
        ShownChange(
            names.get(change.part, change.part) or _("整体"), words.field_word(change.field),
            words.value_word(change.field, change.before), words.value_word(change.field, change.after),
        )
        for change in changes(before, after)
    ]  # fmt: skip


def _part_names(content: Mapping[str, Any]) -> dict[str, str]:
    name = f"name_{page_language()}"
    parts = content.get("checks") or {index["code"]: index for index in content["indices"]}
    return {code: part[name] for code, part in parts.items()}


def shipped_sheet(key: str) -> Sheet:
    """Draw what ships with nenghao, for reading."""
    kind = kind_of(key)
    content = shipped_content(kind, key)
    return content_sheet(kind, content, content, title=key_name(key))


def scheme_words(key: str, content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Give what must stand beside a scheme: note, source, status, weights with what each is worth; None for rules."""
    if key == RULES_KEY:
        return None
    shipped, language = scheme(key), page_language()
    weights = [(index[f"name_{language}"], index["weight"]) for index in content["indices"]]
    whole = sum(weight for _name, weight in weights)
    return {
        "note": shipped.note(language), "source": shipped.source, "clause": shipped.clause,
        "status": words.status_word(shipped.status), "is_unverified": shipped.is_unverified,
        "weights_ours": shipped.weights_ours, "total": shipped.total,
        "worth": [(name, weight, shipped.total * weight / whole) for name, weight in weights] if whole else [],
    }  # fmt: skip


def trail(account: Account, edition: Edition) -> QuerySet[AuditEntry]:
    """Give the audit entries of an edition, the newest first; those of a region above stay there."""
    key = f"{edition.kind}/{edition.key} {edition.label}"
    entries = AuditEntry.objects.filter(object_type=OBJECT_TYPE, object_key=key)
    return entries if is_own(account, edition) else entries.none()
