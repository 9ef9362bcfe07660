"""Takes a picture of a report, in Chromium, as its readers see it.

A Markdown file is shown as GitHub shows a comment; an HTML file is shown as it is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from typing import TYPE_CHECKING

from scripts.render import page as rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = "/usr/bin/chromium"


@contextmanager
def opened(
    source: Path, *, width: int = 900, dark: bool = False, unfolded: bool = False, scale: float = 2
) -> Iterator[Page]:
    """Open a report in Chromium, everything drawn."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        target = source.resolve()
        if source.suffix != ".html":
            target = Path(folder) / "page.html"
            text = rendered(source.read_text(encoding="utf-8"), dark=dark, unfolded=unfolded)
            target.write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": 400},
            device_scale_factor=scale,
            color_scheme="dark" if dark else "light",
        )
        page.goto(target.as_uri())
        if page.locator(".mermaid").count():
            page.wait_for_selector("body[data-drawn]", timeout=60_000)
        yield page
        browser.close()


def shoot(source: Path, out: Path, *, width: int = 900, dark: bool = False, unfolded: bool = False) -> None:
    """Write a PNG of the whole page."""
    with opened(source, width=width, dark=dark, unfolded=unfolded) as page:
        page.screenshot(path=str(out), full_page=True)


def main() -> None:
    """Take one picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", type=Path, help="report.md or report.html")
    parser.add_argument("out", type=Path, help="the PNG to write")
    parser.add_argument("--dark", action="store_true", help="as in the dark theme")
    parser.add_argument("--width", type=int, default=900, help="of the window, in pixels; 390 is a phone")
    parser.add_argument("--unfolded", action="store_true", help="with every folded part open")
    asked = parser.parse_args()
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    shoot(asked.report, asked.out, width=asked.width, dark=asked.dark, unfolded=asked.unfolded)
    print(asked.out)


if __name__ == "__main__":
    main()
