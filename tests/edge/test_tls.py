"""HTTPS with a private authority and a client certificate, against a real TLS server."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from .conftest import edge_process, steel_meter
from .test_history_upload import run_until_idle
from .test_upload import command, wait_until


def make_certificate(folder, name, issuer=None):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, authority = issuer or (key, subject)
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(authority).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(signer, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (folder / f"{name}.pem").write_bytes(built.public_bytes(pem))
    form = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(key.private_bytes(*form))
    return key, subject


@pytest.fixture
def tls_platform(platform, tmp_path):
    authority = make_certificate(tmp_path, "ca")
    for name in ("server", "client"):
        make_certificate(tmp_path, name, authority)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    context.verify_mode = ssl.CERT_REQUIRED
    platform.server.socket = context.wrap_socket(platform.server.socket, server_side=True)
    platform.url = platform.url.replace("http://", "https://")
    return platform


def with_keys(config, keys):
    config.write_text(config.read_text().replace("[enterprise]", keys + "\n[enterprise]", 1))
    return config


def test_client_certificate(tls_platform, write_config):
    keys = 'ca_file = "ca.pem"\nclient_cert = "client.pem"\nclient_key = "client.key"\nmin_tls = "1.3"'
    run_until_idle(with_keys(write_config(steel_meter(1)), keys))
    assert len(tls_platform.records) == 97


def test_an_unknown_authority_is_not_trusted(tls_platform, write_config):
    config = write_config(steel_meter(1))
    process = edge_process(config)
    wait_until(lambda: "CERTIFICATE_VERIFY_FAILED" in command("status", "--config", str(config))[1])
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert tls_platform.records == {}


def test_missing_certificate_file(write_config):
    config = with_keys(write_config(steel_meter(1)), 'ca_file = "none.pem"')
    config.write_text(config.read_text().replace("http://", "https://"))
    code, _, err = command("--config", str(config))
    assert code == 2
    assert "certificate files cannot be used" in err
    assert "Traceback" not in err
