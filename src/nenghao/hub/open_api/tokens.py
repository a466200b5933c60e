"""Tokens (访问令牌): made, revoked, and looked up with every call."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.accounts.services import visible_accounts
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.open_api.models import ApiToken, Scope

PREFIX = "nh_"
SHOWN = 9
LONGEST_DAYS = 730
USED_EVERY = timedelta(minutes=1)
MOST_PER_ACCOUNT = 20
MAY_HAVE = (Role.OFFICER, Role.ENERGY_MANAGER, Role.OPERATOR)
"""An institution sees nothing by its place alone, so a token of it would give nothing."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; ``text`` is nowhere else and must be shown now."""

    token: ApiToken
    text: str

    def __repr__(self) -> str:
        return f"NewToken({self.token})"  # never the text: it would reach logs


def digest_of(text: str) -> str:
    """Give what is kept of a token: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def make_token(
    *, actor: Actor, now: datetime, account: Account, name: str, scopes: Sequence[str], days: int
) -> NewToken:
    """Make a token of an account for ``days`` days; raises ``token-…`` when something of it does not fit."""
    _check(account, name, scopes, days, now)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        account=account, name=name.strip(), prefix=text[:SHOWN], digest=digest_of(text),
        scopes=[scope for scope in Scope.values if scope in scopes], created_at=now,
        expires_at=now + timedelta(days=days),
    )  # fmt: skip
    _note(actor, now, token, "api-token-made", after={"name": token.name, "scopes": " ".join(token.scopes)})
    return NewToken(token, text)


def _check(account: Account, name: str, scopes: Sequence[str], days: int, now: datetime) -> None:
    if account.role not in MAY_HAVE:
        raise _bad("token-role", "该角色不能使用数据接口", "this role has no use of the open API", "")
    if not name.strip() or len(name.strip()) > 100:
        raise _bad("token-name", "须填写名称（至多 100 字）", "a name is needed, at most 100 characters", "name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise _bad("token-scope", "须选择权限", "choose what the token may be used for", "scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise _bad("token-days", f"有效期为 1 至 {LONGEST_DAYS} 天", f"valid for 1 to {LONGEST_DAYS} days", "days")
    alive = ApiToken.objects.filter(account=account, revoked_at__isnull=True, expires_at__gt=now)
    if alive.count() >= MOST_PER_ACCOUNT:
        raise _bad(
            "token-many",
            f"有效令牌已达 {MOST_PER_ACCOUNT} 个",
            f"there are {MOST_PER_ACCOUNT} valid tokens already",
            "",
        )


def _bad(code: str, chinese: str, english: str, field: str) -> NenghaoError:
    return NenghaoError(code, chinese, english, field=field)


def visible_tokens(account: Account) -> QuerySet[ApiToken]:
    """Give the account's own tokens, and for an authority those of the accounts at its node and below."""
    rows = ApiToken.objects.filter(Q(account=account) | Q(account__in=visible_accounts(account).values("pk")))
    return rows.select_related("account__region", "account__enterprise__region")


def may_revoke(account: Account, token: ApiToken) -> bool:
    """Tell whether an account may revoke a token that it sees: not an officer that of an operator."""
    return token.account_id == account.pk or account.role == Role.OPERATOR or token.account.role != Role.OPERATOR


@transaction.atomic
def revoke_token(*, actor: Actor, now: datetime, account: Account, token_id: int) -> ApiToken:
    """Revoke a token for good; it is refused from the next call on. Doing it again changes nothing."""
    token = visible_tokens(account).filter(pk=token_id).first()
    if token is None or not may_revoke(account, token):
        raise _bad("token-unknown", "没有这个令牌", "there is no such token", "")
    if token.revoked_at is None:
        token.revoked_at, token.revoked_by = now, actor.name
        token.save(update_fields=["revoked_at", "revoked_by"])
        _note(actor, now, token, "api-token-revoked", before={"revoked": False}, after={"revoked": True})
    return token


def _note(
    actor: Actor, now: datetime, token: ApiToken, action: str, *,
    after: dict[str, object], before: dict[str, object] | None = None,
) -> None:  # fmt: skip
    record(
        actor=actor, now=now, action=action, object_type="api-token", object_key=f"{token.account.username}/{token.pk}",
        region_path=token.account.region_path, before=before, after=after,
    )  # fmt: skip


def find_token(text: str, *, now: datetime) -> ApiToken | None:
    """Give the token of a call with its account, or nothing when it must not be used (any more): one query.

    A changed password does not end a token; closing the account, revoking the token or its last day does.
    """
    rows = ApiToken.objects.select_related("account__region", "account__enterprise__region")
    token = rows.filter(digest=digest_of(text)).first()
    if token is None or token.state(now) != "active" or token.account.role not in MAY_HAVE:
        return None
    if token.last_used_at is None or now - token.last_used_at >= USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
