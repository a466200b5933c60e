"""Signing in: the rate limit on failures, and their trace."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q

from nenghao.hub.accounts.models import Account, SignInAttempt
from nenghao.hub.audit.services import Actor, record


def is_limited(*, username: str, address: str | None, now: datetime) -> bool:
    """Tell whether too many sign-ins failed lately: for this name from here, for this name, or from this address."""
    since = now - timedelta(seconds=settings.SIGN_IN_WINDOW_S)
    here, name = Q(address=address), Q(username=username[:150])
    counts = SignInAttempt.objects.filter(at__gt=since).aggregate(
        pair=Count("pk", filter=here & name), name=Count("pk", filter=name), address=Count("pk", filter=here)
    )
    return any(counts[key] >= limit for key, limit in settings.SIGN_IN_FAILURES.items())


def note_failure(*, username: str, address: str | None, now: datetime) -> None:
    """Keep a failed attempt for the limit; the audit trail gets it when the name is one of ours."""
    SignInAttempt.objects.filter(at__lt=now - timedelta(seconds=settings.SIGN_IN_WINDOW_S)).delete()
    SignInAttempt.objects.create(at=now, username=username[:150], address=address)
    account = Account.objects.filter(username=username).select_related("region", "enterprise__region").first()
    if account is not None:
        record(
            actor=Actor(username, account, address), now=now, action="sign-in-failed", object_type="account",
            object_key=username, region_path=account.region_path,
        )  # fmt: skip


def note_success(*, account: Account, address: str | None, now: datetime) -> None:
    """Forget the failures of the name and add the sign-in to the audit trail."""
    SignInAttempt.objects.filter(username=account.username).delete()
    record(
        actor=Actor(account.username, account, address), now=now, action="signed-in", object_type="account",
        object_key=account.username, region_path=account.region_path,
    )  # fmt: skip
