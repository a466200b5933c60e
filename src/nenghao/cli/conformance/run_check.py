"""One run of ``nenghao conformance check``: the client, the steps of the dialect, the report."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from nenghao.cli.conformance.national_check import check_national
from nenghao.cli.conformance.probe import Probe
from nenghao.cli.conformance.report import Report
from nenghao.cli.conformance.talk import CheckPlan, Talk
from nenghao.cli.conformance.tls import try_tls
from nenghao.cli.conformance.yunnan_check import check_yunnan

Tell = Callable[[str, str], None]


def run_check(
    plan: CheckPlan, *, tell: Tell, timeout_s: float = 30.0, client_cert: str = "", client_key: str = ""
) -> Report:
    """Try the platform and give the report; the catalogue follows the profile's dialect."""
    report = Report("gateway", plan.url, plan.profile.name, f"check_{plan.profile.dialect.lower()}")
    try_tls(plan.url, report, ca_file=plan.ca_file, now=datetime.now(UTC))
    with httpx.Client(timeout=timeout_s, verify=_context(client_cert, client_key)) as client:
        is_b = plan.profile.dialect == "B"
        talk = Talk(plan, Probe(client, numeric_codes=is_b), report, lambda: datetime.now(UTC), tell)
        check_yunnan(talk) if is_b else check_national(talk)
    return report


def _context(client_cert: str, client_key: str) -> ssl.SSLContext:
    """Trust any certificate while trying: what is wrong with it is a step of its own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if client_cert:
        context.load_cert_chain(client_cert, client_key or None)
    return context
