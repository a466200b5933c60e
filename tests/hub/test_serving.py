"""The real server: starts, answers, stops with everything written out, and leaves the store free however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

WAIT_S = 60
IDLE_LIMIT_MB = 500


class Hub:
    """A hub on its own data directory, driven by its command line."""

    def __init__(self, data_dir, database_url):
        self.data_dir = data_dir
        self.environment = os.environ | {"NENGHAO_DATA_DIR": str(data_dir), "NENGHAO_DATABASE_URL": database_url}
        self.process = None
        with closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address, self.context = f"http://127.0.0.1:{self.port}", None

    def command(self, *arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "nenghao.cli", "hub", *arguments], env=self.environment | environment,
            capture_output=True, text=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self, *options, tls=()):
        """Serve and wait for the first answer; ``tls`` is the certificate and key that this client shows."""
        if tls:
            self.address = self.address.replace("http:", "https:")
            self.context = ssl.create_default_context(cafile=str(tls[0]))
            self.context.load_cert_chain(*tls)
        arguments = ["hub", "serve", "--port", str(self.port), "--threads", "4", *options]
        self.log = (self.data_dir / "log").open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nenghao.cli", *arguments], env=self.environment, stderr=self.log, stdout=self.log
        )
        return self.wait()

    def wait(self):
        give_up = time.monotonic() + WAIT_S
        while time.monotonic() < give_up:
            assert self.process.poll() is None, (self.data_dir / "log").read_text()
            try:
                return self.health()
            except urllib.error.HTTPError:
                raise
            except OSError:
                time.sleep(0.1)
        raise AssertionError((self.data_dir / "log").read_text())

    def health(self):
        with urllib.request.urlopen(f"{self.address}/health", timeout=10, context=self.context) as answer:
            return json.load(answer)

    def stop(self, number):
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


@pytest.fixture
def database_url(request):
    """A fresh database on the run's PostgreSQL server, or nothing for SQLite."""
    url = os.environ.get("NENGHAO_DATABASE_URL", "")
    if not url:
        yield ""
        return
    import psycopg

    name = f"serve_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield url.rsplit("/", 1)[0] + f"/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def hub(tmp_path, database_url):
    made = Hub(tmp_path, database_url)
    assert made.command("init").returncode == 0
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_serves_in_bounded_memory_and_stops_with_the_store_written_out(hub):
    health = hub.start()
    assert (health["status"], health["database"], health["store"]) == ("ok", "ok", "ok")
    urllib.request.urlopen(f"http://127.0.0.1:{hub.port}/sign-in/", timeout=10).read()
    parent = psutil.Process(hub.process.pid)
    rss_mb = sum(process.memory_info().rss for process in (parent, *parent.children(recursive=True))) / 1e6
    assert rss_mb < IDLE_LIMIT_MB
    for path in hub.data_dir.iterdir():
        if path.name != "log":
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert hub.stop(signal.SIGTERM) == 0
    assert not psutil.pid_exists(health["pid"])
    assert (hub.data_dir / "readings.duckdb").exists()
    assert not (hub.data_dir / "readings.duckdb.wal").exists()


def certificate(folder):
    """Write a self-signed certificate for the loopback address; give its path and the key's."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    files = folder / "hub.pem", folder / "hub.key"
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(key.private_bytes(*form))
    return files


def test_serves_tls_with_cookies_for_tls_only_and_strangers_refused(hub):
    chain, key = certificate(hub.data_dir)
    hub.start("--tls-certificate", str(chain), "--tls-key", str(key), "--client-ca", str(chain), tls=(chain, key))
    with urllib.request.urlopen(f"{hub.address}/sign-in/", timeout=10, context=hub.context) as page:
        assert "Secure" in page.headers["Set-Cookie"]
        assert page.headers["Strict-Transport-Security"]
    older = ssl.create_default_context(cafile=str(chain))
    older.load_cert_chain(chain, key)
    older.maximum_version = ssl.TLSVersion.TLSv1_2  # as gateways in the field speak it
    assert urllib.request.urlopen(f"{hub.address}/health", timeout=10, context=older).status == 200
    without = ssl.create_default_context(cafile=str(chain))
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{hub.address}/health", timeout=10, context=without).read()
    assert hub.stop(signal.SIGTERM) == 0


def test_worker_ends_with_a_killed_parent_and_the_next_start_gets_the_store(hub):
    worker = psutil.Process(hub.start()["pid"])
    hub.stop(signal.SIGKILL)
    worker.wait(WAIT_S)
    assert hub.start()["store"] == "ok"
    assert hub.stop(signal.SIGINT) == 0
    assert not (hub.data_dir / "readings.duckdb.wal").exists()


def test_second_hub_says_that_the_store_is_locked_and_a_killed_worker_ends_its_parent(hub):
    worker = hub.start()["pid"]
    second = Hub(hub.data_dir, hub.environment["NENGHAO_DATABASE_URL"])
    try:
        with pytest.raises(urllib.error.HTTPError) as failing:
            second.start()
        assert failing.value.code == 503
        assert json.load(failing.value)["store"] == "store-locked"
    finally:
        second.stop(signal.SIGTERM)
    assert hub.health()["status"] == "ok"
    os.kill(worker, signal.SIGKILL)
    assert hub.process.wait(WAIT_S) == 1


def test_a_port_in_use_is_refused_and_the_first_hub_keeps_every_request(hub, tmp_path_factory):
    pid = hub.start()["pid"]
    other = Hub(tmp_path_factory.mktemp("other"), hub.environment["NENGHAO_DATABASE_URL"])
    if not hub.environment["NENGHAO_DATABASE_URL"]:
        assert other.command("init").returncode == 0
    for host in ("127.0.0.1", "0.0.0.0"):
        refused = other.command("serve", "--host", host, "--port", str(hub.port))
        assert refused.returncode == 2
        assert "无法在" in refused.stderr
        assert "cannot listen on" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert {hub.health()["pid"] for _request in range(20)} == {pid}
    assert hub.stop(signal.SIGTERM) == 0
    assert hub.start()["status"] == "ok"  # connections of the last run are still ending: no hindrance


def test_commands_administer_and_refuse_in_two_languages(hub):
    refused = hub.command("create-account", "chief", "--role", "operator", "--region", "990000", NENGHAO_PASSWORD="x")
    assert refused.returncode == 2
    assert "没有这个行政区划" in refused.stderr
    assert "no such region" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert hub.command("check").returncode == 1
    secret = {"NENGHAO_PASSWORD": "Luzhou-1234-blast"}
    assert hub.command("create-account", "chief", "--role", "operator", "--region", "370000", **secret).returncode == 0
    facts = ("--name", "示范钢铁", "--region", "370600", "--industry", "C31")
    assert hub.command("create-enterprise", "91350100M000100Y43", *facts).returncode == 0
    assert hub.command("create-enterprise", "91350100M000100Y44", *facts).returncode == 2
    assert hub.command("approve-device", "0" * 32).returncode == 2
    assert hub.command("check").returncode == 0


def test_serve_refuses_a_database_that_was_not_set_up(tmp_path, database_url):
    answer = Hub(tmp_path, database_url).command("serve", "--port", "1")
    assert answer.returncode == 2
    assert "nenghao hub init" in answer.stderr
