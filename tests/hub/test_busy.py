"""What is said when the database makes one wait too long: locks that another connection really holds."""

from __future__ import annotations

import contextlib
import json
import threading
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from nenghao.hub.busy import is_busy

SET_UP = """
import json, sqlite3
from django.conf import settings
settings.DATABASES["default"]["OPTIONS"]["timeout"] = 0.1
from django.test import Client
from nenghao.hub.accounts.services import create_account
from nenghao.hub.open_api.models import Scope
from nenghao.hub.open_api.tokens import make_token
from nenghao.hub.store import close_store
from nenghao.hub.yunnan.tests.gateway import CODE, Gateway, item

where = {"actor": actor, "now": now}
region = find_region("370600")
create_enterprise(**where, code="91370600M000100Y4X", name="芝罘钢铁", region=region, industry=find_industry("C31"),
                  check_code=False)
officer = create_account(**where, username="officer", password="Luzhou-1234-blast", role="officer", region=region)
token = make_token(**where, account=officer, name="测试", scopes=Scope.values, days=3).text
browser = Client(raise_request_exception=False)
browser.force_login(officer)
JSON = {"content_type": "application/json"}
create_enterprise(**where, code=CODE, name="历城化工", region=region, industry=find_industry("C26"), check_code=False)
yunnan = Gateway(Client()).enrol()


def asked():
    '''Ask for something to be written by a page, a call of the open API and both wires.'''
    told = {"enterprise_code": "91370600M000100Y4X", "message": "不对"}
    register = {"enterpriseCode": "91370600M000100Y4X", "region": "370600", "clientId": "a-gateway"}
    return [
        (answer.status_code, answer.headers.get("Retry-After"), answer.content.decode())
        for answer in (
            browser.post("/data-access/", {"name": "又一个", "scopes": Scope.values, "days": 3}),
            Client().post("/api/v1/feedback", told, headers={"authorization": f"Bearer {token}"}, **JSON),
            Client().post("/nhjc/register", register, **JSON),
        )
    ] + [yunnan.post("dataCollectConfigure/add", item())]


Client().get("/health")
holder = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
holder.execute("BEGIN IMMEDIATE")
busy = asked()
holder.execute("ROLLBACK")
print(json.dumps([busy, asked()]))
sys.stdout.flush()
close_store()
"""


def test_whoever_must_wait_too_long_is_told_to_come_back(new_hub):
    said = new_hub().script("import sys\n" + SET_UP).splitlines()[-1]
    (page, call, register, yunnan), (later_page, later_call, later_register, later_yunnan) = json.loads(said)
    assert page[:2] == call[:2] == [503, "5"]
    assert "系统正忙" in page[2] and "Traceback" not in page[2]
    assert json.loads(call[2])["code"] == "database-busy"
    answer = json.loads(register[2])
    assert (register[0], answer["responseCode"], answer["retryAfter"]) == (200, "1", 5)
    for rejected in (answer["rejected"], yunnan["data"]["rejected"]):
        assert [reason["code"] for reason in rejected] == ["database-busy"]
    assert (yunnan["responseCode"], later_yunnan["responseCode"]) == (500, 200)
    assert (later_page[0] in (200, 302), later_call[0]) == (True, 201)
    assert json.loads(later_register[2])["responseCode"] == "0"


@contextlib.contextmanager
def locked():
    """Hold a lock over the table of sessions with a second connection, and wait for it but shortly with the first."""
    other = connection.copy()
    lock = "LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE"
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '100ms'")
        with begin(other) as cursor:
            cursor.execute(lock if connection.vendor == "postgresql" else "DELETE FROM django_session")
        yield
    finally:
        other.rollback()
        other.close()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def a_session():
    return Session.objects.create(session_key="k" * 32, session_data="", expire_date=timezone.now() + timedelta(1))


@pytest.mark.django_db(transaction=True)
def test_the_lock_of_another_connection_is_busy():
    with locked(), pytest.raises(DatabaseError) as waited:
        a_session()
    assert is_busy(waited.value)
    assert a_session().pk


@pytest.mark.django_db(transaction=True)
def test_a_page_of_either_database_says_so():
    browser = Client(raise_request_exception=False)
    browser.cookies["sessionid"] = "x" * 32
    with locked():
        answer = browser.post("/sign-in/", {"username": "nobody", "password": "wrong"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert browser.post("/sign-in/", {"username": "nobody", "password": "wrong"}).status_code == 200


def begin(other):
    other.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    return other.cursor()


def change(cursor, key, data):
    cursor.execute("UPDATE django_session SET session_data = %s WHERE session_key = %s", [data, key])


def states(failures):
    """The reasons that PostgreSQL gives."""
    return [getattr(error.__cause__, "sqlstate", None) for error in failures]


@pytest.fixture
def rows(transactional_db):
    """Two rows, and two further connections that each have their own transaction."""
    keys = ["a" * 32, "b" * 32]
    for key in keys:
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(1))
    others = [connection.copy(), connection.copy()]
    for other in others:
        other.inc_thread_sharing()
    yield keys, others
    for other in others:
        other.rollback()
        other.close()


def test_who_waits_for_one_another_is_busy(rows):
    """SQLite lets nobody but the first begin; PostgreSQL ends one of two that each have what the other wants."""
    keys, others = rows
    both, failures = threading.Barrier(2), []

    def work(other, own, wanted):
        try:
            with begin(other) as cursor:
                change(cursor, own, "mine")
                with contextlib.suppress(threading.BrokenBarrierError):
                    both.wait(20)
                change(cursor, wanted, "mine too")
            other.commit()
        except DatabaseError as error:
            failures.append(error)
            both.abort()
            other.rollback()

    threads = [threading.Thread(target=work, args=(*pair,)) for pair in zip(others, keys, keys[::-1], strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [is_busy(error) for error in failures] == [True]
    assert states(failures) == (["40P01"] if connection.vendor == "postgresql" else [None])
    assert sorted(Session.objects.values_list("session_data", flat=True)) == ["mine", "mine too"]


def test_who_saw_what_another_then_changed_is_busy(rows):
    """PostgreSQL refuses what cannot be serial; SQLite keeps the other from changing what is being read."""
    keys, (reader, writer) = rows
    failures = []
    try:
        with begin(reader) as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT session_data FROM django_session")
            with begin(writer) as others_cursor:
                change(others_cursor, keys[0], "newer")
            writer.commit()
            change(cursor, keys[0], "from what was read")
        reader.commit()
    except DatabaseError as error:
        failures.append(error)
    assert [is_busy(error) for error in failures] == [True]
    assert states(failures) == (["40001"] if connection.vendor == "postgresql" else [None])


@pytest.mark.parametrize("statement", ["INSERT INTO no_such_table VALUES (1)", "SELECT 1 +"])
@pytest.mark.django_db
def test_a_fault_is_not_busy(statement):
    with pytest.raises(DatabaseError) as failed, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert not is_busy(failed.value)
    assert not is_busy(ValueError("database is locked"))
    assert not is_busy(None)
