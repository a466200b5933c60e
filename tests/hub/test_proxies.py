"""What a proxy says of its caller is believed only from the addresses that are trusted."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nenghao.hub.proxies import client_address, shown_certificate

PROXY, CALLER = "10.1.0.5", "203.0.113.7"


@pytest.fixture
def trusting(settings):
    settings.NENGHAO_TRUSTED_PROXIES = ["10.1.0.0/24", "fd00::/8"]


def meta(forwarded, peer=PROXY):
    return {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}


@pytest.mark.parametrize(
    ("forwarded", "peer", "address"),
    [
        (CALLER, PROXY, CALLER),
        (f"1.2.3.4, {CALLER}", PROXY, CALLER),  # the caller wrote 1.2.3.4 itself
        (f"{CALLER}, 10.1.0.6", PROXY, CALLER),  # two proxies, one behind the other
        (f"{CALLER}:51234", PROXY, CALLER),
        ("[2001:db8::1]:443", PROXY, "2001:db8::1"),
        ("2001:db8::1", "fd00::9", "2001:db8::1"),
        ("rubbish", PROXY, PROXY),
        ("", PROXY, PROXY),
        (f"{CALLER}, rubbish", PROXY, PROXY),
        (CALLER, "10.2.0.5", "10.2.0.5"),  # not one of ours
        ("10.1.0.8", PROXY, "10.1.0.8"),
    ],
)
def test_the_address_before_the_first_trusted_proxy_counts(trusting, forwarded, peer, address):
    assert client_address(meta(forwarded, peer)) == address


def test_without_a_setting_nothing_is_believed(settings):
    settings.NENGHAO_TRUSTED_PROXIES = []
    assert client_address(meta(CALLER)) == PROXY
    assert shown_certificate(meta(CALLER) | {"HTTP_CLIENT_CERT": "ab" * 32}) is None
    assert client_address({}) == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text())
def test_any_header_gives_an_address_and_no_error(trusting, text):
    assert client_address(meta(text)) in (PROXY, *[hop.strip() for hop in text.split(",")]) or ":" in text
    shown = shown_certificate({"REMOTE_ADDR": PROXY, "HTTP_CLIENT_CERT": text})
    assert shown is None or shown.sha256 == "" or len(shown.sha256) == 64


@pytest.fixture(scope="module")
def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "网关-1"), x509.NameAttribute(NameOID.COUNTRY_NAME, "CN")]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip


@pytest.mark.parametrize("form", ["rfc9440", "pem", "fingerprint", "colons"])
def test_every_form_gives_the_same_fingerprint(trusting, certificate, form):
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    texts = {
        "rfc9440": f":{base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()}:",
        "pem": quote(certificate.public_bytes(serialization.Encoding.PEM).decode()),
        "fingerprint": fingerprint.upper(),
        "colons": ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)),
    }
    shown = shown_certificate({"REMOTE_ADDR": PROXY, "HTTP_CLIENT_CERT": texts[form]})
    assert shown is not None
    assert shown.sha256 == fingerprint
    assert ("网关-1" in shown.subject) == (form in ("rfc9440", "pem"))
    assert shown_certificate({"REMOTE_ADDR": CALLER, "HTTP_CLIENT_CERT": texts[form]}) is None


@pytest.mark.parametrize(
    "text", [":not base64:", quote("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"), "x"]
)
def test_an_unreadable_certificate_is_none_that_could_be_bound(trusting, text):
    shown = shown_certificate({"REMOTE_ADDR": PROXY, "HTTP_CLIENT_CERT": text})
    assert shown is not None
    assert shown.sha256 == ""
