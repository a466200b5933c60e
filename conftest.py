"""Shared test set-up, for ``tests/`` and the tests inside the hub's apps: which database, where the hub's files lie,
and no silent skips in continuous integration.

``--database postgresql`` starts a throw-away server in a temporary directory, one for the whole run: the processes of
pytest-xdist share it, each with a database of its own.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.db import connections
from django.utils import translation

from nenghao.cli.demo.hub_process import HubProcess

URL = "NENGHAO_DATABASE_URL"

# Before any other conftest imports a model: the hub's files of this run lie in a directory of their own.
DATA_DIR = tempfile.mkdtemp(prefix="nenghao-test-")
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# The tests start dozens of programs: each would compile six hundred modules anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.update(NENGHAO_DATA_DIR=DATA_DIR, DJANGO_SETTINGS_MODULE="nenghao.hub.settings")
if not IS_WORKER:
    os.environ.pop(URL, None)
django.setup()
# A worker of pytest-xdist may have read the settings with its parent's environment: no two may share a store.
settings.NENGHAO_DATA_DIR = Path(DATA_DIR).resolve()


def pytest_addoption(parser):
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="database of the hub")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Start the server once; the workers of pytest-xdist inherit its URL and have it in their settings already."""
    if config.getoption("--database") == "postgresql" and not IS_WORKER and (bin_dir := postgresql_programs()):
        config._nenghao_server = Postgresql(bin_dir)
        atexit.register(config._nenghao_server.stop)
        signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that a stopped run leaves no server behind
        os.environ[URL] = config._nenghao_server.url
        from nenghao.hub.settings import database

        settings.DATABASES = {"default": database()}
        if hasattr(connections._connections, "default"):
            del connections["default"]
        connections.__dict__.pop("settings", None)
        connections._settings = settings.DATABASES


def pytest_sessionfinish():
    """Close the hub's store while there still is somewhere to tell so, and before its folder goes."""
    from nenghao.hub.store import close_store

    close_store()


def pytest_unconfigure(config):
    if server := getattr(config, "_nenghao_server", None):
        server.stop()
    shutil.rmtree(DATA_DIR, ignore_errors=True)


def pytest_collection_modifyitems(config, items):
    if config.getoption("--database") == "postgresql" and URL not in os.environ:
        absent = pytest.mark.skip(reason="PostgreSQL's initdb and pg_ctl were not found")
        for item in items:
            item.add_marker(absent)


def pytest_report_header(config):
    return f"hub database: {config.getoption('--database')}"


@pytest.fixture(autouse=True, scope="session")
def _fast_passwords():
    """Hash passwords cheaply: the tests create many accounts and guard none of them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session")
def django_db_use_migrations(pytestconfig: pytest.Config) -> bool:
    """Make the tables of SQLite from the models at once: its migrations run in :func:`initialised_folder`.

    They take fifty times as long, in every process of pytest-xdist. PostgreSQL has them run here.
    """
    return pytestconfig.getoption("--database") != "sqlite"


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A request leaves its language behind in the thread, which must not reach the next test."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def initialised_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a hub that is set up: making its tables and codes takes longer than most tests.

    One for the whole run: the processes of pytest-xdist wait for the first of them to make it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if IS_WORKER else base
    folder = shared / "initialised"
    with (shared / "initialised.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            hub = HubProcess(shared / "initialising")
            hub.command("init")
            hub.folder.rename(folder)
    return folder


@pytest.fixture(scope="session")
def new_hub(initialised_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., HubProcess]]:
    """Make hubs that are set up but do not serve yet, each with a data directory and a port of its own.

    ``new_hub(NENGHAO_PROFILE="yunnan")``, ``new_hub(ChainHub, "nation")``. All are stopped at the end.
    """
    made: list[HubProcess] = []

    def make(kind: Callable[..., HubProcess] = HubProcess, *words: str, **environment: str) -> HubProcess:
        folder = tmp_path_factory.mktemp("hub") / "data"
        shutil.copytree(initialised_folder, folder)
        made.append(kind(folder, *words))
        made[-1].environment |= environment
        return made[-1]

    yield make
    for hub in made:
        hub.stop()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where every server program is installed (``NENGHAO_NO_SKIPS``), a skip is a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("NENGHAO_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may skip here: {report.longrepr}"


def postgresql_programs():
    """Give the folder of the newest ``initdb`` and ``pg_ctl``, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).parent if found else None


class Postgresql:
    """A server of its own data directory, reached by a socket inside it; PostgreSQL refuses to run as root."""

    def __init__(self, bin_dir):
        self.bin_dir = bin_dir
        self.folder = Path(tempfile.mkdtemp(prefix="nenghao-pg-", dir="/tmp"))  # a socket's path must be short
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.as_user:
            shutil.chown(self.folder, "postgres")
        self.run("initdb", "-D", self.folder / "data", "-U", "nenghao", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {self.folder} -h '' -c fsync=off -c max_connections=200"
        log = self.folder / "log"
        self.run("pg_ctl", "-D", self.folder / "data", "-l", log, "-w", "-o", options, "start")

    @property
    def url(self):
        return f"postgresql://nenghao@{str(self.folder).replace('/', '%2F')}/postgres"

    def run(self, program, *arguments):
        command = [*self.as_user, self.bin_dir / program, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)

    def stop(self):
        if not self.folder.exists():
            return
        self.run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
