"""Signing in and its limit, form tokens, passwords, accounts and what the audit trail keeps of them."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.models import Account, SignInAttempt
from nenghao.hub.accounts.services import create_account
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.registry.services import find_region

NOW = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))


@pytest.fixture
def officer(account):
    return account("officer", "370000")


@pytest.fixture
def operator(account):
    return account("operator", "370000")


def sign_in(client, name, password):
    return client.post("/sign-in/", {"username": name, "password": password})


def test_sign_in_and_out(officer, password, client):
    assert sign_in(client, officer.username, password)["Location"] == "/"
    assert client.get("/accounts/").status_code == 200
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/accounts/").status_code == 302
    assert AuditEntry.objects.filter(action="signed-in", account=officer, address="127.0.0.1").count() == 1


def test_wrong_password_is_limited_and_the_right_one_too_until_the_window_ends(officer, password, client, settings):
    for _attempt in range(settings.SIGN_IN_FAILURES["pair"]):
        assert sign_in(client, officer.username, "wrong").status_code == 200
    limited = sign_in(client, officer.username, password)
    assert limited.status_code == 200
    assert "15" in limited.content.decode()
    SignInAttempt.objects.update(at=NOW)
    assert sign_in(client, officer.username, password).status_code == 302


def test_another_name_from_another_address_is_not_limited(officer, password, client, settings):
    for _attempt in range(settings.SIGN_IN_FAILURES["pair"]):
        sign_in(client, officer.username, "wrong")
    other = Client(REMOTE_ADDR="10.0.0.9")
    assert sign_in(other, officer.username, password).status_code == 302


def test_next_does_not_lead_away(officer, password, client):
    answer = client.post("/sign-in/?next=https://example.org/", {"username": officer.username, "password": password})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("path", ["/sign-in/", "/password/", "/accounts/new/", "/sign-out/", "/language/"])
def test_forms_need_their_token(path, operator, browse):
    assert browse(operator, enforce_csrf_checks=True).post(path, {"language": "en"}).status_code == 403


def test_headers_forbid_inline_scripts_and_frames(client):
    answer = client.get("/sign-in/")
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert "<script>" not in answer.content.decode()


def test_password_change(officer, password, browse):
    client = browse(officer)
    form = {"old": password, "new": "Another-9876-kiln", "again": "Another-9876-kiln"}
    assert "原密码不对" in client.post("/password/", form | {"old": "x"}).content.decode()
    assert client.post("/password/", form | {"new": "12345678", "again": "12345678"}).status_code == 200
    assert client.post("/password/", form)["Location"] == "/"
    assert client.get("/password/").status_code == 200  # still signed in
    assert Account.objects.get(pk=officer.pk).check_password("Another-9876-kiln")
    assert "Another-9876-kiln" not in json.dumps(list(AuditEntry.objects.values("before", "after", "reason")))


def test_first_password_must_be_changed(operator, browse, password):
    form = {"username": "new-one", "role": "officer", "region": "370600", "password": password}
    assert browse(operator).post("/accounts/new/", form)["Location"] == "/accounts/"
    client = browse(Account.objects.get(username="new-one"))
    assert client.get("/devices/")["Location"] == "/password/"
    client.post("/password/", {"old": password, "new": "Another-9876-kiln", "again": "Another-9876-kiln"})
    assert client.get("/accounts/").status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"region": "130000"}, "region"),
        ({"role": "operator"}, "role"),
        ({"role": "energy_manager"}, "role"),
        ({"region": "", "enterprise": ""}, "region"),
        ({"region": "999999"}, "region"),
        ({"password": "12345678"}, "password"),
        ({"username": "a b"}, "username"),
        ({"username": "officer-370000"}, "username"),
    ],
)
def test_account_form_refuses_and_keeps_what_was_typed(change, field, officer, browse, password):
    form = {"username": "new-one", "role": "officer", "region": "370600", "password": password} | change
    answer = browse(officer).post("/accounts/new/", form)
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert not Account.objects.filter(username="new-one").exists()


def test_closed_account_is_signed_out(operator, officer, browse):
    client = browse(officer)
    assert client.get("/accounts/").status_code == 200
    browse(operator).post(f"/accounts/{officer.username}/active/", {"active": "0"})
    assert client.get("/accounts/").status_code == 302
    assert AuditEntry.objects.get(action="account-closed").after == {"is_active": False}


def test_officer_cannot_close_an_operator(operator, officer, browse):
    assert browse(officer).post(f"/accounts/{operator.username}/active/", {"active": "0"}).status_code == 400
    operator.refresh_from_db()
    assert operator.is_active


def test_database_refuses_an_account_without_node(codes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(username="nowhere", role="officer")
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(username="both", role="energy_manager", region=find_region("370000"))


def test_only_operators_read_the_trail(operator, officer, browse):
    assert browse(officer).get("/audit/").status_code == 403
    page = browse(operator).get("/audit/").content.decode()
    assert "account-created" in page


def test_operator_reads_only_the_trail_of_its_node(account, browse):
    account("officer", "130000")
    page = browse(account("operator", "370100")).get("/audit/").content.decode()
    assert "officer-130000" not in page
    assert "operator-370100" in page


def test_english_by_the_switch(officer, browse):
    client = browse(officer)
    client.post("/language/", {"language": "en", "next": "/password/"})
    assert client.get("/password/")["Content-Language"] == "en"


def test_weak_password_is_refused_in_words(codes):
    with pytest.raises(NenghaoError) as refused:
        create_account(
            actor=Actor.command("test"), now=NOW, username="weak", password="12345678", role="officer",
            region=find_region("370000"),
        )  # fmt: skip
    assert refused.value.field == "password"
