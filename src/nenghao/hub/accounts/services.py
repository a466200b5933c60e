"""What an account may see, and the changes made to accounts."""

from __future__ import annotations

import re
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import Http404

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, Role
from nenghao.hub.audit.services import Actor, record
from nenghao.hub.registry.models import Enterprise, Region

SEES_A_REGION = frozenset({Role.OFFICER, Role.OPERATOR})
_USERNAME = re.compile(r"[\w.@+-]{2,150}")


def visible_enterprises(account: Account) -> QuerySet[Enterprise]:
    """Give the enterprises of the account's node: its own, or all in its region and below.

    An institution sees none: it works on what is assigned to it, and nothing is by its place alone.
    """
    if account.role == Role.ENERGY_MANAGER:
        return Enterprise.objects.filter(pk=account.enterprise_id)
    if account.role in SEES_A_REGION and account.region is not None:
        return Enterprise.objects.filter(region__path__startswith=account.region.path)
    return Enterprise.objects.none()


def visible_regions(account: Account) -> QuerySet[Region]:
    """Give the account's region and all below it; none for an enterprise or an institution."""
    if account.role in SEES_A_REGION and account.region is not None:
        return Region.objects.filter(path__startswith=account.region.path)
    return Region.objects.none()


def require_enterprise(account: Account, code: str) -> Enterprise:
    """Give the enterprise with this code; 404 when it is none or lies outside the account's node.

    Both answers are the same, so that nobody learns which enterprises exist elsewhere.
    """
    found = visible_enterprises(account).select_related("region", "industry").filter(code=code).first()
    if found is None:
        raise Http404("enterprise")
    return found


def require_region(account: Account, code: str) -> Region:
    """Give the region with this code; 404 when it is none or lies outside the account's node."""
    found = visible_regions(account).filter(code=code).first()
    if found is None:
        raise Http404("region")
    return found


def visible_accounts(account: Account) -> QuerySet[Account]:
    """Give the accounts at the node of an officer or operator and below it."""
    if account.role not in SEES_A_REGION or account.region is None:
        return Account.objects.none()
    path = account.region.path
    below = Account.objects.filter(region__path__startswith=path)
    return (below | Account.objects.filter(enterprise__region__path__startswith=path)).select_related(
        "region", "enterprise"
    )


def node(*, region_code: str = "", enterprise_code: str = "") -> tuple[Region | None, Enterprise | None]:
    """Look up the one node that is named; ``node-unknown`` when there is none, ``node-ambiguous`` for both."""
    if bool(region_code) == bool(enterprise_code):
        raise NenghaoError(
            "node-ambiguous", "账号须绑定一个行政区划或一个用能单位",
            "an account belongs to one region or one enterprise",
            field="region", mend_zh="填写其中一项", mend_en="give exactly one of the two",
        )  # fmt: skip
    found: Region | Enterprise | None
    if region_code:
        found = Region.objects.filter(code=region_code).first()
    else:
        found = Enterprise.objects.filter(code=enterprise_code).first()
    if found is None:
        raise NenghaoError(
            "node-unknown", "没有这个行政区划或用能单位", "there is no such region or enterprise",
            record=region_code or enterprise_code, field="region" if region_code else "enterprise",
            mend_zh="先运行 nenghao hub init，或登记该用能单位",
            mend_en="run nenghao hub init first, or register the enterprise",
        )  # fmt: skip
    return (found, None) if isinstance(found, Region) else (None, found)


def require_in_node(account: Account, *, region: Region | None, enterprise: Enterprise | None, role: str) -> None:
    """Refuse when the node lies outside the account's, or when an officer reaches for an operator's role."""
    inside = visible_enterprises(account).filter(pk=enterprise.pk) if enterprise else None
    if region is not None:
        inside = visible_regions(account).filter(pk=region.pk)
    if inside is None or not inside.exists():
        raise NenghaoError(
            "node-outside", "该节点不在您的管辖范围内", "the node lies outside yours",
            field="enterprise" if enterprise else "region",
            mend_zh="选择本节点或其下级", mend_en="choose your node or one below it",
        )  # fmt: skip
    if role == Role.OPERATOR and account.role != Role.OPERATOR:
        raise NenghaoError(
            "role-above", "只有运维账号可以管理运维账号", "only an operator manages operators", field="role",
            mend_zh="选择其他角色", mend_en="choose another role",
        )  # fmt: skip


@transaction.atomic
def create_account(
    *,
    actor: Actor,
    now: datetime,
    username: str,
    password: str,
    role: str,
    region: Region | None = None,
    enterprise: Enterprise | None = None,
    full_name: str = "",
    must_change_password: bool = False,
) -> Account:
    """Create an account at one node; refuse a weak password, a taken name, a role that does not fit the node."""
    _check(username=username, role=role, enterprise=enterprise, region=region)
    account = Account(
        username=username, role=role, region=region, enterprise=enterprise, full_name=full_name,
        date_joined=now, must_change_password=must_change_password,
    )  # fmt: skip
    set_password(account, password)
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError as taken:
        raise NenghaoError(
            "account-taken", "账号名已被使用", "the account name is taken", record=username, field="username",
            mend_zh="换一个账号名", mend_en="choose another name",
        ) from taken  # fmt: skip
    record(
        actor=actor, now=now, action="account-created", object_type="account", object_key=username,
        region_path=account.region_path, after=_facts(account),
    )  # fmt: skip
    return account


def _check(*, username: str, role: str, region: Region | None, enterprise: Enterprise | None) -> None:
    if not _USERNAME.fullmatch(username):
        raise NenghaoError(
            "account-name", "账号名不合规则", "the account name is not well-formed", record=username, field="username",
            mend_zh="2–150 个字母、数字或 . @ + - _", mend_en="2 to 150 letters, digits or . @ + - _",
        )  # fmt: skip
    if role not in Role.values:
        raise NenghaoError(
            "account-role", "没有这个角色", "there is no such role", record=username, field="role",
            mend_zh="可用: " + "、".join(Role.values), mend_en="known: " + ", ".join(Role.values),
        )  # fmt: skip
    if (role == Role.ENERGY_MANAGER) != (enterprise is not None) or (region is None) == (enterprise is None):
        raise NenghaoError(
            "account-node", "角色与所属节点不符", "the role does not fit the node", record=username, field="role",
            mend_zh="用能单位能源管理绑定用能单位，其他角色绑定行政区划",
            mend_en="an energy manager belongs to an enterprise, every other role to a region",
        )  # fmt: skip


def set_password(account: Account, password: str) -> None:
    """Set a password that passes the rules; the account is not saved."""
    try:
        validate_password(password, account)
    except ValidationError as weak:
        words = " ".join(weak.messages)
        raise NenghaoError("password-weak", words, words, record=account.username, field="password") from weak
    account.set_password(password)


@transaction.atomic
def change_password(*, actor: Actor, now: datetime, account: Account, password: str) -> None:
    """Give the account a new password of its own choice."""
    set_password(account, password)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    record(
        actor=actor, now=now, action="password-changed", object_type="account", object_key=account.username,
        region_path=account.region_path,
    )  # fmt: skip


@transaction.atomic
def set_active(*, actor: Actor, now: datetime, account: Account, active: bool, reason: str = "") -> None:
    """Close or open an account; a closed one is signed out at its next request."""
    before, account.is_active = account.is_active, active
    account.save(update_fields=["is_active"])
    record(
        actor=actor, now=now, action="account-opened" if active else "account-closed", object_type="account",
        object_key=account.username, region_path=account.region_path, before={"is_active": before},
        after={"is_active": active}, reason=reason,
    )  # fmt: skip


def _facts(account: Account) -> dict[str, str | None]:
    enterprise, region = account.enterprise, account.region
    return {
        "role": str(account.role),
        "full_name": account.full_name,
        "region": region.code if region else None,
        "enterprise": enterprise.code if enterprise else None,
    }
