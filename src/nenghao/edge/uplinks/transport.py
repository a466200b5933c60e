"""The HTTPS client of a destination: authority, client certificate, least version of TLS."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from nenghao.edge.config import EdgePlan
from nenghao.edge.destinations import DestinationPlan
from nenghao.errors import NenghaoError
from nenghao.protocol import JSON_HEADERS

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def make_client(plan: EdgePlan, to: DestinationPlan) -> httpx.AsyncClient:
    """Make the client; certificates are those of the system unless ``ca_file`` names others."""
    section = to.section
    verify = False if section.register_url.startswith("http://") else _tls(plan, to)
    return httpx.AsyncClient(headers=JSON_HEADERS, timeout=section.timeout_s, verify=verify)


def _tls(plan: EdgePlan, to: DestinationPlan) -> ssl.SSLContext:
    section, folder = to.section, plan.folder
    try:
        context = ssl.create_default_context(cafile=str(folder / section.ca_file) if section.ca_file else None)
        context.minimum_version = _VERSIONS[to.min_tls]
        if section.client_cert:
            context.load_cert_chain(str(folder / section.client_cert), _key(folder, section.client_key))
    except (OSError, ssl.SSLError) as error:
        raise NenghaoError(
            "tls-files", f"证书文件不能使用（{error}）", f"certificate files cannot be used ({error})",
            record=str(plan.path), field=f"destination {to.id}: ca_file/client_cert/client_key",
            mend_zh="检查 PEM 文件的路径、内容和口令", mend_en="check path, content and password of the PEM files",
        ) from None  # fmt: skip
    return context


def _key(folder: Path, name: str) -> str | None:
    return str(folder / name) if name else None
