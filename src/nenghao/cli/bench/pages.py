"""Every page of the hub on the synthetic province, as an officer and as an energy manager, over HTTP.

Pages are found by their URL names, so that a new one is measured by itself. What an account may not see, forms that are
only posted to, and files are left out and listed.
"""

from __future__ import annotations

import re
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import httpx
import numpy as np
import typer

from nenghao.cli.demo.platform import PASSWORD
from nenghao.cli.demo.province import run as synthetic
from nenghao.cli.demo.province.generate import ENTERPRISES, SEED
from nenghao.periods import BEIJING

LIMIT_MS = 300.0
"""Any page at the 95th percentile."""
WARM_UP = 2
ACCOUNTS = {"officer": "province", "energy_manager": "manager"}
OK = 200


def run(
    *,
    enterprises: Annotated[int, typer.Option(min=1, help="企业数 / enterprises")] = ENTERPRISES,
    requests: Annotated[int, typer.Option(min=2, help="每页请求数 / requests of each page")] = 20,
    data_dir: Annotated[Path | None, typer.Option(help="已建好的合成省 / a province that is built already")] = None,
) -> dict[str, Any]:
    """页面响应时间 / response time of every page on the synthetic province."""
    with tempfile.TemporaryDirectory(prefix="nenghao-bench-") as temporary:
        folder = data_dir or Path(temporary) / "province"
        if data_dir is None:
            synthetic.build(folder, enterprises=enterprises, seed=SEED, now=datetime.now(BEIJING))
        addresses = synthetic.ask(folder, "addresses")
        served = synthetic.serve(folder)
        try:
            pages, skipped = _measure(served.url, addresses, requests)
        finally:
            served.stop()
    worst = max(pages, key=lambda name: pages[name]["p95_ms"]) if pages else ""
    return {
        "ok": bool(pages) and all(page["p95_ms"] <= LIMIT_MS for page in pages.values()), "limit_ms": LIMIT_MS,
        "worst": worst, "worst_p95_ms": pages[worst]["p95_ms"] if pages else None,
        "over": sorted(name for name, page in pages.items() if page["p95_ms"] > LIMIT_MS),
        "pages": pages, "skipped": skipped,
    }  # fmt: skip


def _measure(
    url: str, addresses: dict[str, str], requests: int
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, int | str]]]:
    """Ask for every page as each account; give what was measured and what was not, by ``page (role)``."""
    pages: dict[str, dict[str, Any]] = {}
    skipped: dict[str, dict[str, int | str]] = {}
    for role, username in ACCOUNTS.items():
        with httpx.Client(base_url=url, timeout=60.0) as client:
            sign_in(client, username)
            for name, address in sorted(addresses.items()):
                first = client.get(address)
                kind = first.headers.get("content-type", "")
                if first.status_code != OK or not kind.startswith("text/html"):
                    skipped[f"{name} ({role})"] = {"status": first.status_code, "content_type": kind}
                    continue
                pages[f"{name} ({role})"] = {"address": address, **_page(client, address, requests)}
    return pages, skipped


def _page(client: httpx.Client, address: str, requests: int) -> dict[str, float]:
    for _ in range(WARM_UP):
        client.get(address)
    times, size = [], 0
    for _ in range(requests):
        started = time.perf_counter()
        size = len(client.get(address).content)
        times.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50_ms": round(float(p50), 1), "p95_ms": round(float(p95), 1), "kb": round(size / 1024)}


def sign_in(client: httpx.Client, username: str) -> None:
    """Sign in as a person does: the form, its token, the password."""
    form = client.get("/sign-in/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token is not None
    given = {"csrfmiddlewaretoken": token[1], "username": username, "password": PASSWORD}
    answer = client.post("/sign-in/", data=given, headers={"Referer": str(client.base_url)})
    if answer.status_code != httpx.codes.FOUND:
        raise RuntimeError(f"{username} could not sign in: {answer.status_code}")
