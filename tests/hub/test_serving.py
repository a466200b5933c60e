"""The real server: starts, answers, stops with everything written out, and leaves the store free however it ends."""

from __future__ import annotations

import json
import os
import signal
import ssl
import stat
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nenghao.cli.demo.hub_process import HubProcess, wait_until

WAIT_S = 60
IDLE_LIMIT_MB = 500


class Hub(HubProcess):
    """A hub on its own data directory and database, driven by its command line."""

    def __init__(self, folder, database_url):
        super().__init__(folder, environment={"NENGHAO_DATABASE_URL": database_url})

    def command(self, *arguments, **environment):
        return self.attempt("-m", "nenghao.cli", "hub", *arguments, **environment)

    def end(self, number):
        """Send a signal to the parent process alone; give its exit code."""
        self.child.process.send_signal(number)
        return self.child.process.wait(WAIT_S)


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
    made.kill()


def test_serves_in_bounded_memory_and_stops_with_the_store_written_out(hub):
    health = hub.start().health()
    assert (health["status"], health["database"], health["store"]) == ("ok", "ok", "ok")
    urllib.request.urlopen(f"http://127.0.0.1:{hub.port}/sign-in/", timeout=30).read()
    parent = psutil.Process(hub.child.process.pid)
    rss_mb = sum(process.memory_info().rss for process in (parent, *parent.children(recursive=True))) / 1e6
    assert rss_mb < IDLE_LIMIT_MB
    for path in hub.folder.iterdir():
        if path != hub.log:
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path
    assert hub.end(signal.SIGTERM) == 0
    assert not psutil.pid_exists(health["pid"])
    assert (hub.folder / "readings.duckdb").exists()
    assert not (hub.folder / "readings.duckdb.wal").exists()


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
    chain, key = certificate(hub.folder)
    hub.context = ssl.create_default_context(cafile=str(chain))
    hub.context.load_cert_chain(chain, key)
    hub.start("--tls-certificate", str(chain), "--tls-key", str(key), "--client-ca", str(chain))
    with urllib.request.urlopen(f"{hub.url}/sign-in/", timeout=30, context=hub.context) as page:
        assert "Secure" in page.headers["Set-Cookie"]
        assert page.headers["Strict-Transport-Security"]
    older = ssl.create_default_context(cafile=str(chain))
    older.load_cert_chain(chain, key)
    older.maximum_version = ssl.TLSVersion.TLSv1_2  # as gateways in the field speak it
    assert urllib.request.urlopen(f"{hub.url}/health", timeout=30, context=older).status == 200
    without = ssl.create_default_context(cafile=str(chain))
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{hub.url}/health", timeout=30, context=without).read()
    assert hub.end(signal.SIGTERM) == 0


def test_worker_ends_with_a_killed_parent_and_the_next_start_gets_the_store(hub):
    worker = psutil.Process(hub.start().health()["pid"])
    hub.end(signal.SIGKILL)
    worker.wait(WAIT_S)
    assert hub.start().health()["store"] == "ok"
    assert hub.end(signal.SIGINT) == 0
    assert not (hub.folder / "readings.duckdb.wal").exists()


def test_second_hub_says_that_the_store_is_locked_and_a_killed_worker_ends_its_parent(hub):
    worker = hub.start().health()["pid"]
    second = Hub(hub.folder, hub.environment["NENGHAO_DATABASE_URL"])
    try:
        second.launch()
        wait_until("answers", lambda: _status(second) == 503)
        with pytest.raises(urllib.error.HTTPError) as failing:
            second.health()
        assert failing.value.code == 503
        assert json.load(failing.value)["store"] == "store-locked"
    finally:
        second.stop()
    assert hub.health()["status"] == "ok"
    os.kill(worker, signal.SIGKILL)
    assert hub.child.process.wait(WAIT_S) == 1


def _status(hub):
    try:
        hub.health()
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
    return 200


def test_a_port_in_use_is_refused_and_the_first_hub_keeps_every_request(hub, tmp_path_factory):
    pid = hub.start().health()["pid"]
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
    assert hub.end(signal.SIGTERM) == 0
    assert hub.start().health()["status"] == "ok"  # connections of the last run are still ending: no hindrance


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
