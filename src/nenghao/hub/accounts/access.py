"""Who may open a page: by role here, by node through :mod:`nenghao.hub.accounts.services`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from nenghao.hub.accounts.models import Account, Role

View = Callable[..., HttpResponseBase]


def signed_in(request: HttpRequest) -> Account:
    """Give the account of a request that passed the sign-in middleware."""
    return cast(Account, request.user)


def roles(*allowed: Role) -> Callable[[View], View]:
    """Let only these roles into a view; others get 403."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if signed_in(request).role not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard
