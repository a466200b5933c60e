"""What a platform offers of TLS: the newest version, whether it still takes old ones, and its certificate."""

from __future__ import annotations

import socket
import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from nenghao.cli.conformance.report import Report

TIMEOUT_S = 10.0
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
NEW = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)


@dataclass(frozen=True, slots=True)
class Handshake:
    """One attempt: the version agreed on, or why not; ``not_after`` of the certificate where it was checked."""

    version: str
    problem: str
    not_after: str = ""


def try_tls(url: str, report: Report, *, ca_file: str, now: datetime) -> None:
    """Judge version and certificate of an address; plain HTTP is told as such."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        report.judge("tls-version", False, url, "HTTP 明文 / plain HTTP")
        report.pass_over("tls-certificate", "not offered", "HTTP 明文 / plain HTTP")
        return
    host, port = parts.hostname or "", parts.port or 443
    new = [_handshake(host, port, version, check=False) for version in NEW]
    old = [_handshake(host, port, version, check=False) for version in OLD]
    offered = [shake.version for shake in (*old, *new) if shake.version]
    holds = any(shake.version for shake in new) and not any(shake.version for shake in old)
    report.judge("tls-version", holds, "TLS 1.0 … 1.3", ", ".join(offered) or new[-1].problem)
    checked = _handshake(host, port, None, check=True, ca_file=ca_file)
    days = _days_left(checked.not_after, now)
    said = checked.problem or f"notAfter {checked.not_after}, {days} 天 / days"
    report.judge("tls-certificate", not checked.problem and days > 0, ca_file or "系统根证书 / system CAs", said)


def _handshake(host: str, port: int, version: ssl.TLSVersion | None, *, check: bool, ca_file: str = "") -> Handshake:
    try:
        context = ssl.create_default_context(cafile=ca_file or None)
        if not check:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if version is not None:
            with warnings.catch_warnings():  # naming an old version is the point
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = version
            if version in OLD:
                context.set_ciphers("ALL:@SECLEVEL=0")
        with (
            socket.create_connection((host, port), timeout=TIMEOUT_S) as plain,
            context.wrap_socket(plain, server_hostname=host) as link,
        ):
            found = link.getpeercert() or {}
            return Handshake(link.version() or "", "", str(found.get("notAfter", "")))
    except (OSError, ValueError) as error:
        return Handshake("", f"{type(error).__name__}: {error}")


def _days_left(not_after: str, now: datetime) -> int:
    if not not_after:
        return 0
    return (datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), UTC) - now).days
