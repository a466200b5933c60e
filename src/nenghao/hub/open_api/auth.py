"""Who calls: the token of the request, its rate, its scope, and what its account may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account
from nenghao.hub.accounts.services import visible_enterprises, visible_regions
from nenghao.hub.audit.services import client_address
from nenghao.hub.intake.limits import WINDOW_S, MinuteLimit
from nenghao.hub.open_api.errors import THROTTLED, ApiError
from nenghao.hub.open_api.models import ApiToken, Scope
from nenghao.hub.open_api.tokens import find_token
from nenghao.hub.registry.models import Enterprise, Region

REFUSED_PER_MINUTE = 120
"""Calls without a good token from one address, after which it has to wait."""

_by_token, _by_address = MinuteLimit(), MinuteLimit()


@dataclass(frozen=True, slots=True)
class Caller:
    """The token of a call, and what it sees."""

    token: ApiToken
    now: datetime

    @property
    def account(self) -> Account:
        """The token's account."""
        return self.token.account

    @property
    def enterprises(self) -> QuerySet[Enterprise]:
        """The enterprises of the account's node."""
        return visible_enterprises(self.account)

    @property
    def regions(self) -> QuerySet[Region]:
        """The regions of the account's node: none for an enterprise."""
        return visible_regions(self.account)


class TokenAuth(HttpBearer):
    """``Authorization: Bearer nh_…``."""

    def __call__(self, request: HttpRequest) -> Any:
        """Give the caller; count refused calls by address."""
        caller = super().__call__(request)
        if caller is None and not _by_address.allows(client_address(request) or "", REFUSED_PER_MINUTE):
            raise _throttled()
        return caller

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:  # noqa: ARG002
        """Look the token up and count the call."""
        now = timezone.now()
        found = find_token(token.strip(), now=now)
        if found is None:
            return None
        if not _by_token.allows(str(found.pk), settings.NENGHAO_API_REQUESTS_PER_MINUTE):
            raise _throttled()
        return Caller(found, now)


def _throttled() -> ApiError:
    return ApiError(429, THROTTLED, Retry_After=str(int(WINDOW_S)))


def caller_for(request: HttpRequest, scope: Scope) -> Caller:
    """Give the caller of a request, if its token has the scope; else 403."""
    caller = cast(Caller, request.auth)  # type: ignore[attr-defined]
    if scope.value not in caller.token.scopes:
        raise ApiError(403, NenghaoError(
            "scope-missing", f"令牌没有权限 {scope.value}", f"the token lacks the scope {scope.value}",
            field="Authorization", mend_zh="创建带此权限的令牌", mend_en="make a token with this scope",
        ))  # fmt: skip
    return caller
