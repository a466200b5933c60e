"""One served sample hub and one Chromium for all browser tests; a visible skip where there is no Chromium."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def chromium_path() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def hub(tmp_path_factory):
    if chromium_path() is None:
        pytest.skip("no Chromium on this machine")
    with load("sample_hub").sample_hub(tmp_path_factory.mktemp("hub")) as address:
        yield address


@pytest.fixture(scope="module")  # while it lives its event loop counts as running: other tests' asyncio.run would fail
def chromium(hub):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = load("sample_hub").BROWSER_ARGUMENTS
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def person(hub, chromium):
    """Give a page on which an account is signed in; the test fails when the page logs an error."""
    opened, problems = [], []

    def sign_in(username: str, width: int = 1366, height: int = 768):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", base_url=hub, accept_downloads=True
        )
        page = context.new_page()
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto("/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", load("sample_hub").PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "sign-in" not in url)
        opened.append(context)
        return page

    yield sign_in
    for context in opened:
        context.close()
    assert problems == []
