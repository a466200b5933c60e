"""The wire's short way answers as Django's full cycle does, and leaves all other addresses to it."""

import io
import json

import pytest
from django.core.handlers.wsgi import WSGIHandler

from nenghao.hub.intake.wsgi import with_short_way

pytestmark = pytest.mark.django_db(transaction=True)  # both ways may close the connection


def environ(path, body=b"{}", method="POST"):
    return {
        "REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": io.StringIO(),
    }  # fmt: skip


def call(application, *request):
    seen = {}
    body = b"".join(application(environ(*request), lambda status, headers: seen.update(status=status, **dict(headers))))
    return seen["status"], seen["Content-Type"], json.loads(body)


@pytest.mark.parametrize(
    "request_",
    [
        ("/nhjc/uploadEnergyData", b"not json"),
        ("/nhjc/uploadEnergyData", b'{"deviceId":"d","enterpriseCode":"e","data":[]}'),
        ("/nhjc/versionCheck", b'{"deviceId":"unknown"}'),
        ("/enterprise/register", b'{"enterpriseCode":"nobody","region":"370000"}'),
        ("/nhjc/noSuchThing", b"{}"),
        ("/nhjc/uploadEnergyData", b"", "GET"),
    ],
)
def test_both_ways_answer_alike(request_):
    status, content_type, answer = call(with_short_way(refuse_pages), *request_)
    full_status, full_type, full = call(WSGIHandler(), *request_)
    assert (status, content_type) == (full_status, full_type) == ("200 OK", "application/json;charset=UTF-8")
    answer.pop("batch", None), full.pop("batch", None)
    assert answer == full
    assert answer["responseCode"] == "1"


def refuse_pages(_environ, _start_response):
    raise AssertionError("handed on")


@pytest.mark.parametrize("path", ["/", "/enterprises/", "/enterprise", "/nhjc", "/health", "/nhjcx/register"])
def test_other_addresses_are_handed_on(path):
    with pytest.raises(AssertionError, match="handed on"):
        with_short_way(refuse_pages)(environ(path), lambda *_: None)
