"""Certificates of an authority of our own, and a TLS proxy that verifies them as a real one does."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


def issue(folder, name, issuer=None):
    """Write a certificate and its key, signed by ``issuer`` or by itself; give what signs others."""
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
    (folder / f"{name}.pem").write_bytes(built.public_bytes(PEM))
    form = (PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.key").write_bytes(key.private_bytes(*form))
    return key, subject


class TlsProxy:
    """A small reverse proxy: takes TLS with client certificates, hands the verified one over, one request a connection.

    It sets ``Client-Cert`` and ``X-Forwarded-For`` on every request, whatever the caller wrote there.
    """

    def __init__(self, folder, upstream):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        context.verify_mode = ssl.CERT_OPTIONAL
        self.upstream = upstream
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            with connection:
                self.hand_on(connection)

    def hand_on(self, connection):
        with connection.makefile("rwb") as stream:
            first, headers = stream.readline(), {}
            while line := stream.readline().decode("latin-1").strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = stream.read(int(headers.get("content-length", 0)))
            der = connection.getpeercert(binary_form=True)
            pem = x509.load_der_x509_certificate(der).public_bytes(PEM).decode() if der else ""
            headers |= {"client-cert": quote(pem), "x-forwarded-for": "203.0.113.7"}
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.upstream}{first.split()[1].decode()}", body, headers, method="POST"
            )
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
            stream.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(content) + content)

    def close(self):
        self.listener.close()
