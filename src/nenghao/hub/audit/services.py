"""Writing the audit trail: one call inside the transaction of the change it records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from nenghao.hub import proxies
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.logs import SECRET_NAMES

if TYPE_CHECKING:
    from nenghao.hub.accounts.models import Account


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account on a page, or a command or device by its name.

    >>> Actor.command("nenghao hub init").name
    'nenghao hub init'
    """

    name: str
    account: Account | None = None
    address: str | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Actor:
        """Give the signed-in person of a request."""
        account: Any = request.user
        return cls(account.username, account if account.is_authenticated else None, client_address(request))

    @classmethod
    def command(cls, name: str) -> Actor:
        """Give a command of the operator's terminal, or another part of the program."""
        return cls(name)


def client_address(request: HttpRequest) -> str | None:
    """Give the caller's address; ``X-Forwarded-For`` counts only from a trusted proxy, since anyone can send it."""
    return proxies.client_address(request.META) or None


def record(
    *,
    actor: Actor,
    now: datetime,
    action: str,
    object_type: str,
    object_key: str,
    region_path: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEntry:
    """Add one entry; of ``before`` and ``after`` only what differs is kept, and secrets are blotted out.

    ``action`` is a stable kebab-case word (``device-approved``); values must be plain JSON values or dates.
    """
    old, new = dict(before or {}), dict(after or {})
    changed = [key for key in {**old, **new} if old.get(key) != new.get(key)]
    return AuditEntry.objects.create(
        at=now,
        account=actor.account,
        account_name=actor.name,
        action=action,
        object_type=object_type,
        object_key=object_key,
        region_path=region_path,
        before=_plain({key: old[key] for key in changed if key in old}),
        after=_plain({key: new[key] for key in changed if key in new}),
        reason=reason,
        address=actor.address,
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: "***" if SECRET_NAMES.search(key) else value if isinstance(value, (bool, int, float, str)) else str(value)
        for key, value in values.items()
        if value is not None
    }
