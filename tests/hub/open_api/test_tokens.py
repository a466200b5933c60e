"""Tokens: shown once, kept as a digest, limited to the account's node, and ended with it."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from nenghao.errors import NenghaoError
from nenghao.hub.accounts.services import change_password, set_active
from nenghao.hub.audit.models import AuditEntry
from nenghao.hub.audit.services import Actor
from nenghao.hub.open_api import auth
from nenghao.hub.open_api.models import ApiToken, Scope
from nenghao.hub.open_api.tokens import MOST_PER_ACCOUNT, revoke_token

from .conftest import NOW, rows_of

TEXT = re.compile(r"nh_[\w-]{43}")
FORM = {"name": "省统计系统", "scopes": ["registry", "readings"], "days": "90"}


def test_a_token_is_shown_once_and_kept_as_a_digest(yantai, browse, call):
    browser = browse(yantai.officer)
    answer = browser.post("/data-access/", FORM)
    text = TEXT.search(answer.content.decode())[0]
    assert answer["Cache-Control"] == "no-store, private"
    token = ApiToken.objects.get()
    assert text not in str(token.__dict__)
    assert text.startswith(token.prefix)
    assert token.scopes == ["registry", "readings"]
    page = browser.get("/data-access/").content.decode()
    assert token.prefix in page
    assert text not in page
    assert rows_of(call(text, "/enterprises"))[0]["name"] == "芝罘钢铁"
    entry = AuditEntry.objects.get(action="api-token-made")
    assert (entry.account_name, entry.after["name"]) == ("officer370600", "省统计系统")
    assert text not in str(entry.__dict__)


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"scopes": []}, {"scopes": ["admin"]}, {"days": "0"}, {"days": "9999"}, {"days": "x"}]
)
def test_a_token_that_does_not_fit_is_refused(wrong, yantai, browse):
    answer = browse(yantai.officer).post("/data-access/", FORM | wrong)
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()


def test_an_institution_gets_no_token(account, browse):
    answer = browse(account("institution", "370600")).post("/data-access/", FORM)
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()


def test_tokens_are_bounded_in_number(yantai, token_of):
    for _count in range(MOST_PER_ACCOUNT):
        token_of(yantai.officer)
    with pytest.raises(NenghaoError, match="20 valid"):
        token_of(yantai.officer)


def test_a_revoked_token_is_refused_at_once(yantai, browse, token_of, call):
    made = token_of(yantai.officer)
    assert call(made, "/enterprises").status_code == 200
    browse(yantai.officer).post(f"/data-access/tokens/{made.token.pk}/revoke/")
    refused = call(made, "/enterprises")
    assert (refused.status_code, refused.json()["code"]) == (401, "token-invalid")
    assert AuditEntry.objects.filter(action="api-token-revoked").count() == 1
    browse(yantai.officer).post(f"/data-access/tokens/{made.token.pk}/revoke/")
    assert AuditEntry.objects.filter(action="api-token-revoked").count() == 1


def test_a_token_ends_with_its_last_day_and_with_the_account(yantai, token_of, call):
    assert call(token_of(yantai.officer, days=1, now=NOW - timedelta(days=2)), "/enterprises").status_code == 401
    made = token_of(yantai.officer)
    change_password(actor=Actor.command("test"), now=NOW, account=yantai.officer, password="Another-9876-word")
    assert call(made, "/enterprises").status_code == 200
    set_active(actor=Actor.command("test"), now=NOW, account=yantai.officer, active=False)
    assert call(made, "/enterprises").status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic nh_x", "Bearer nh_x", "Bearer 令牌", "bearer\tx"])
def test_no_token_no_answer(header, yantai, call):
    answer = call(None, "/enterprises", headers={"authorization": header})
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message_zh", "message_en", "mend_zh", "mend_en", "field"}
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Cache-Control"] == "no-store"


def test_a_session_is_no_token(yantai, browse):
    assert browse(yantai.officer).get("/api/v1/enterprises").status_code == 401


def test_a_scope_opens_only_its_resources(yantai, token_of, call):
    made = token_of(yantai.officer, "registry")
    assert call(made, "/enterprises").status_code == 200
    refused = call(made, "/readings", start="2026-03-01", end="2026-04-01")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")


def test_last_use_is_written_once_a_minute(yantai, token_of, call, django_assert_num_queries):
    made = token_of(yantai.officer)
    call(made, "/regions")
    used = ApiToken.objects.get().last_used_at
    assert timezone.now() - used < timedelta(seconds=30)
    call(made, "/regions")
    assert ApiToken.objects.get().last_used_at == used
    ApiToken.objects.update(last_used_at=used - timedelta(seconds=61))
    call(made, "/regions")
    assert ApiToken.objects.get().last_used_at >= used


def test_a_token_has_its_rate_and_so_has_who_has_none(yantai, token_of, call, settings, monkeypatch):
    settings.NENGHAO_API_REQUESTS_PER_MINUTE = 3
    monkeypatch.setattr(auth, "REFUSED_PER_MINUTE", 2)
    made, other = token_of(yantai.officer), token_of(yantai.manager)
    assert [call(made, "/regions").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert call(made, "/regions")["Retry-After"] == "60"
    assert call(other, "/regions").status_code == 200
    assert [call("nh_wrong", "/regions").status_code for _ in range(3)] == [401, 401, 429]
    assert call(other, "/regions").status_code == 200


def test_who_sees_and_revokes_whose_token(yantai, jinan, account, browse, token_of):
    operator = account("operator", "370600")
    tokens = {who: token_of(one).token for who, one in (("manager", yantai.manager), ("operator", operator))}
    page = browse(yantai.officer).get("/data-access/").content.decode()
    assert tokens["manager"].prefix in page  # an authority sees what is below it
    assert tokens["manager"].prefix not in browse(jinan.officer).get("/data-access/").content.decode()
    for one, token in ((jinan.officer, "manager"), (yantai.manager, "operator"), (yantai.officer, "operator")):
        with pytest.raises(NenghaoError, match="no such token"):
            revoke_token(actor=Actor.command("test"), now=NOW, account=one, token_id=tokens[token].pk)
    revoke_token(actor=Actor.command("test"), now=NOW, account=yantai.officer, token_id=tokens["manager"].pk)
    assert ApiToken.objects.filter(revoked_at__isnull=False).get() == tokens["manager"]


def test_every_scope_is_used_and_described(yantai, token_of):
    assert token_of(yantai.officer).token.scopes == list(Scope.values)
