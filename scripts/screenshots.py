"""Take the screenshots of ``docs/screenshots/``: the sample province in a real Chromium, at both sizes of the pages."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sample_hub import BROWSER_ARGUMENTS, PASSWORD, sample_hub

TARGET = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
STEEL = "/enterprises/91370600MA3SAMPLE1/"
SIZES = {"": (1366, 768), "-wide": (1920, 1080)}
MAX_BYTES = 200_000
ACCOUNTING = {
    "balance": "/accounts-of-energy/enterprises/91370600MA3SAMPLE1/balance/",
    "indicators": "/indicators/regions/370000/",
}


def yesterday() -> str:
    """Give the last whole day of the sample."""
    return f"{datetime.now() - timedelta(days=1):%Y-%m-%d}"  # noqa: DTZ005


def shoot(page: Page, name: str) -> None:
    """Write one picture with a palette of 256 colours; refuse one that is too large for the repository."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)
    path = TARGET / f"{name}.png"
    with Image.open(io.BytesIO(page.screenshot())) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        sys.exit(f"{path.name} has {path.stat().st_size} bytes, more than {MAX_BYTES}")


def sign_in(page: Page, username: str) -> None:
    """Sign in on the sign-in page; it looks alike at any size, so one picture is enough."""
    page.goto("/sign-in/")
    shoot(page, "sign-in")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def main_pages(page: Page, suffix: str) -> None:
    """Shoot what every visitor looks at first."""
    sign_in(page, "officer")
    shoot(page, f"region{suffix}")
    page.goto(f"{STEEL}?day={yesterday()}")
    shoot(page, f"enterprise{suffix}")


def accounting_pages(page: Page, suffix: str = "") -> None:
    """Shoot where the energy goes, and how the region stands."""
    for name, address in ACCOUNTING.items():
        page.goto(address)
        shoot(page, name + suffix)


def other_pages(page: Page) -> None:
    """Shoot the rest, once; in English what the English pages show."""
    page.click("#tables .btn-figure >> nth=0")
    page.wait_for_selector("#drawer.show .formula")
    shoot(page, "trace")
    for name in ("enterprises", "devices"):
        page.goto(f"/{name}/")
        shoot(page, name)
    accounting_pages(page)
    page.goto("/uploads/?rejected=1")
    page.click(".btn-expand")
    page.wait_for_selector(".rejected-table")
    shoot(page, "uploads")
    page.goto("/regions/370000/")
    page.click("text=English")
    page.wait_for_selector("text=Needs attention")
    shoot(page, "region-en")
    page.goto(f"{STEEL}?day={yesterday()}")
    shoot(page, "enterprise-en")
    accounting_pages(page, "-en")


def main() -> int:
    """Start the sample hub, take the tour at each size, stop it."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("没有 Chromium / no Chromium on this machine")
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sample_hub(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=BROWSER_ARGUMENTS, env={"LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"}
        )
        for suffix, (width, height) in SIZES.items():
            viewport = {"width": width, "height": height}
            page = browser.new_page(viewport=viewport, locale="zh-CN", base_url=address)  # type: ignore[arg-type]
            main_pages(page, suffix)
            if not suffix:
                other_pages(page)
            page.close()
        browser.close()
    print(f"{len(list(TARGET.glob('*.png')))} pictures in docs/screenshots")
    return 0


if __name__ == "__main__":
    sys.exit(main())
