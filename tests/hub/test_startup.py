"""What a process of the hub loads before it has to: libraries of files, of typed calls and of the store, and pages."""

from __future__ import annotations

import json

import pytest

HEAVY = ("openpyxl", "docx", "docxtpl", "reportlab", "PIL", "lxml", "ninja", "duckdb", "pyarrow", "httpx", "granian")
LOADED = f"""
import json, sys
heavy = {set(HEAVY)!r}
pages = [name for name in sys.modules if name.startswith("nenghao.hub.") and name.endswith("views")]
print(json.dumps([sorted(heavy & sys.modules.keys()), pages]))
"""
COMMAND = """
import sys
from nenghao.cli.main import main
sys.argv = ["nenghao", "hub", *{words!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
ANSWERS = """
import nenghao.hub.wsgi
from django.test import Client
client = Client()
assert client.get("/health").status_code == 200
assert client.post("/nhjc/versionCheck", "{}", content_type="application/json").json()["responseCode"] == "1"
"""
AND_THEN = """
assert client.get("/api/v1/enterprises").status_code == 401
assert client.get("/api/nothing/here").headers["Content-Type"].startswith("application/json")
assert client.get("/sign-in/").status_code == 200
"""
END = """
import os
from nenghao.hub.store import close_store
close_store()
sys.stdout.flush()
os._exit(0)  # the threads of a serving hub would go on
"""


@pytest.mark.parametrize("words", [
    ("create-enterprise", "91370600M000100Y4X", "--any-code", "--name", "芝罘钢铁", "--region", "370600",
     "--industry", "C31"),
    ("create-account", "officer", "--region", "370600", "--password", "Luzhou-1234-blast"),
    ("list-upstreams",),
])  # fmt: skip
def test_a_command_loads_no_library_that_it_does_not_use(new_hub, words):
    hub = new_hub()
    found, pages = json.loads(hub.python("-c", COMMAND.format(words=words) + LOADED).splitlines()[-1])
    assert (found, pages) == ([], [])


def test_a_hub_answers_programs_before_pages_and_calls_are_loaded(new_hub):
    hub = new_hub()
    found, pages = json.loads(hub.python("-c", ANSWERS + LOADED + END).splitlines()[-1])
    assert found == ["duckdb", "granian", "httpx", "pyarrow"]
    assert sorted(pages) == ["nenghao.hub.intake.views", "nenghao.hub.yunnan.views"]


def test_calls_and_pages_are_there_when_they_are_asked_for(new_hub):
    hub = new_hub()
    found, pages = json.loads(hub.python("-c", ANSWERS + AND_THEN + LOADED + END).splitlines()[-1])
    assert "ninja" in found
    assert "nenghao.hub.accounts.views" in pages
    assert not {"openpyxl", "docx", "reportlab"} & set(found)
