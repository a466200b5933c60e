"""What docs/api.md shows is what happens: its examples run against a served hub."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import send

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def environment(live_server, yantai, token_of):
    send(yantai.enterprise, [1.0, 2.0])
    return os.environ | {"HUB": live_server.url, "TOKEN": token_of(yantai.officer).text, "NO_PROXY": "*"}


def run(environment, *command):
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_examples_of_the_page_run(environment, yantai):
    (shell,), python = blocks("sh"), blocks("python")
    out = run(environment, "sh", "-ec", shell)
    assert yantai.enterprise.code in out
    assert '"enterprise_code","energy_key","period_start"' in out
    out = run(environment, sys.executable, "-c", "\n".join(python))
    assert out.splitlines()[:2] == ["3 readings", "0 changed since"]
    assert out.splitlines()[-2:] == ["0 changed since", "open"]


def test_every_call_stands_on_the_page():
    from nenghao.hub.open_api.api import api

    for path in api.get_openapi_schema(path_prefix="/api/v1/")["paths"]:
        assert f"`{path.removeprefix('/api/v1')}`" in PAGE, path
