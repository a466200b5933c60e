"""Making, changing, activating and retiring editions: each in one transaction, with its entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from nenghao.errors import NenghaoError
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.quality_rules.comparing import flat
from nenghao.hub.quality_rules.models import RULES_KEY, Edition, EditionKind, EditionStatus
from nenghao.hub.quality_rules.services import content_of
from nenghao.hub.registry.models import Region
from nenghao.periods import to_beijing
from nenghao.quality.rules import default_rules, rules_to
from nenghao.quality.scores import scheme, scheme_to

OBJECT_TYPE = "quality-edition"


def shipped_content(kind: str, key: str) -> dict[str, Any]:
    """Give the shipped rule set or scheme as an edition holds it."""
    return rules_to(default_rules()) if kind == EditionKind.RULES else scheme_to(scheme(key))


@transaction.atomic
def create_draft(
    *, actor: Actor, now: datetime, region: Region, kind: str, key: str = RULES_KEY, title: str = "",
    base: Edition | None = None,
) -> Edition:  # fmt: skip
    """Make a draft for a region: a copy of ``base``, or of what ships with nenghao; give it the next number."""
    kind, key = (base.kind, base.key) if base else (kind, key)
    if kind not in EditionKind.values:
        raise NenghaoError("edition-kind", "没有这个类别", "there is no such kind", record=kind, field="kind")
    key = RULES_KEY if kind == EditionKind.RULES else key
    content = dict(base.content) if base else shipped_content(kind, key)
    Region.objects.select_for_update().get(pk=region.pk)  # of two who draft at once, each gets a number of its own
    earlier = Edition.objects.filter(region=region, kind=kind, key=key).order_by("-number").first()
    edition = Edition.objects.create(
        kind=kind, key=key, region=region, number=earlier.number + 1 if earlier else 1,
        title=(title.strip() or (base.title if base else _default_title(kind, key)))[:100], content=content,
        based_on=base, created_at=now, created_by=actor.name, changed_at=now, changed_by=actor.name,
    )  # fmt: skip
    _record(actor, now, "edition-drafted", edition, after={"title": edition.title, "based_on": str(base or "")})
    return edition


def _default_title(kind: str, key: str) -> str:
    return "检查规则" if kind == EditionKind.RULES else scheme(key).name_zh


@transaction.atomic
def save_draft(*, actor: Actor, now: datetime, edition: Edition, title: str, content: Mapping[str, Any]) -> Edition:
    """Change a draft; content that the checks or scores could not use is refused, and so is a change of an active one.

    The audit entry holds what changed, field by field.
    """
    found = _locked(edition)
    _require_draft(found)
    if not title.strip():
        raise NenghaoError(
            "title-missing", "请填写名称", "a name is needed", record=found.label, field="title",
            mend_zh="写明用途或文号", mend_en="say what it is for",
        )  # fmt: skip
    before = flat(found.content) | {"title": found.title}
    found.title, found.content = title.strip()[:100], dict(content)
    found.changed_at, found.changed_by = now, actor.name
    content_of(found)  # refuses what cannot be read
    found.save(update_fields=["title", "content", "changed_at", "changed_by"])
    _record(actor, now, "edition-changed", found, before=before, after=flat(found.content) | {"title": found.title})
    return found


@transaction.atomic
def discard_draft(*, actor: Actor, now: datetime, edition: Edition) -> None:
    """Throw a draft away; the audit trail keeps that it was there."""
    found = _locked(edition)
    _require_draft(found)
    _record(actor, now, "edition-discarded", found, before={"title": found.title})
    found.delete()


@transaction.atomic
def activate(*, actor: Actor, now: datetime, edition: Edition, effective_from: date | None, reason: str) -> Edition:
    """Put a draft in force from a day on; what was in force there until then ends on that day.

    ``effective_from`` may lie in the past; the checks of those days are then repeated by the nightly run.
    """
    Region.objects.select_for_update().get(pk=edition.region_id)
    found = _locked(edition)
    _require_draft(found)
    reason = _reason(found, reason)
    if effective_from is None:
        raise NenghaoError(
            "day-missing", "请填写生效日期", "a day is needed", record=found.label, field="effective_from",
            mend_zh="写成 2026-01-01", mend_en="write it as 2026-01-01",
        )  # fmt: skip
    _succeed(actor, now, found, effective_from)
    found.status, found.effective_from = EditionStatus.ACTIVE, effective_from
    found.activated_at, found.activated_by, found.reason = now, actor.name, reason
    found.save(update_fields=["status", "effective_from", "activated_at", "activated_by", "reason"])
    _record(
        actor, now, "edition-activated", found, before={"status": EditionStatus.DRAFT.value},
        after={"status": EditionStatus.ACTIVE.value, "effective_from": effective_from}, reason=reason,
    )  # fmt: skip
    return found


def _succeed(actor: Actor, now: datetime, edition: Edition, day: date) -> None:
    """End what is in force for the same region and key; refuse a day before that edition's own."""
    present = Edition.objects.filter(
        region_id=edition.region_id, kind=edition.kind, key=edition.key, status=EditionStatus.ACTIVE
    )
    for earlier in present:
        if earlier.effective_from is not None and day < earlier.effective_from:
            raise NenghaoError(
                "day-before-present", f"版本 {earlier.label} 自 {earlier.effective_from} 起生效，不能早于该日",
                f"edition {earlier.label} is in force from {earlier.effective_from}; the day must not lie before it",
                record=edition.label, field="effective_from", mend_zh="填写该日或以后的日期，或先停用该版本",
                mend_en="give that day or a later one, or retire that edition first",
            )  # fmt: skip
        earlier.status, earlier.effective_until = EditionStatus.RETIRED, day
        earlier.save(update_fields=["status", "effective_until"])
        _record(actor, now, "edition-succeeded", earlier, after={"effective_until": day, "by": edition.label})


@transaction.atomic
def retire(*, actor: Actor, now: datetime, edition: Edition, effective_until: date | None, reason: str) -> Edition:
    """End an active edition on a day (exclusive, not before today): then the region above decides, or what ships."""
    found = _locked(edition)
    if found.status != EditionStatus.ACTIVE:
        raise _not_possible(found)
    reason = _reason(found, reason)
    today = to_beijing(now).date()
    day = effective_until or today
    if day < today:
        raise NenghaoError(
            "day-past", "停用日期不能早于今天", "an edition cannot be ended in the past", record=found.label,
            field="effective_until", mend_zh=f"填写 {today} 或以后", mend_en=f"give {today} or a later day",
        )  # fmt: skip
    found.status, found.effective_until = EditionStatus.RETIRED, max(day, found.effective_from or day)
    found.save(update_fields=["status", "effective_until"])
    _record(
        actor, now, "edition-retired", found, before={"status": EditionStatus.ACTIVE.value},
        after={"status": EditionStatus.RETIRED.value, "effective_until": found.effective_until}, reason=reason,
    )  # fmt: skip
    return found


def _locked(edition: Edition) -> Edition:
    found = Edition.objects.select_for_update(of=("self",)).select_related("region").filter(pk=edition.pk).first()
    if found is None:
        raise NenghaoError("edition-gone", "该版本已不存在", "the edition is no longer there", record=edition.label)
    return found


def _require_draft(edition: Edition) -> None:
    if edition.status != EditionStatus.DRAFT:
        raise _not_possible(edition)


def _not_possible(edition: Edition) -> NenghaoError:
    return NenghaoError(
        "edition-status", f"版本状态为「{EditionStatus(edition.status).label}」，不能执行此操作",
        f"the edition is {edition.status}; this cannot be done to it", record=edition.label, field="status",
        mend_zh="已启用的版本不可改动，请另建新版本", mend_en="an active edition never changes: make a new draft of it",
    )  # fmt: skip


def _reason(edition: Edition, reason: str) -> str:
    if not reason.strip():
        raise NenghaoError(
            "reason-missing", "请填写理由", "a reason is needed", record=edition.label, field="reason",
            mend_zh="写明依据或目的", mend_en="say on what ground or for what",
        )  # fmt: skip
    return reason.strip()[:200]


def _record(actor: Actor, now: datetime, action: str, edition: Edition, **facts: Any) -> None:
    record(
        actor=actor, now=now, action=action, object_type=OBJECT_TYPE,
        object_key=f"{edition.kind}/{edition.key} {edition.label}", region_path=edition.region.path, **facts,
    )  # fmt: skip
