"""Counts the lines of a comment that are seen before anything is opened, as GitHub shows it on a desk or on a phone."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from scripts.screenshots import opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

DESK, PHONE = 812, 360
"""Widths of the window in pixels: a comment on GitHub is 780 wide on a desk, and the frame around it takes 32 here."""

_COUNT = """() => {
  const lines = (element) => {  // boxes that overlap by half are one line: code and marks have a height of their own
    const range = document.createRange();
    range.selectNodeContents(element);
    const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    const ends = [];
    for (const box of boxes.sort((a, b) => a.top + a.height / 2 - b.top - b.height / 2)) {
      const middle = box.top + box.height / 2;
      if (!ends.length || middle > ends[ends.length - 1]) ends.push(middle + 7);
    }
    return ends.length;
  };
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  return [...document.querySelectorAll('.markdown-body :is(h2, p, tr, summary, li, pre)')].filter(seen).map(
    (block) => block.tagName === 'TR' ? Math.max(...[...block.cells].map(lines)) : lines(block)
  ).reduce((sum, count) => sum + count, 0);
}"""


def seen(page: Page) -> int:
    """Lines that are drawn of an opened comment; a row of a table is as many as the highest of its cells."""
    return int(page.evaluate(_COUNT))


def count(source: Path, width: int = DESK) -> int:
    """Lines of a Markdown file in a window of this many pixels."""
    with opened(source, width=width, scale=1) as page:
        return seen(page)


def main() -> None:
    """Count the lines of some comments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("comments", nargs="+", type=Path, help="report.md")
    for path in parser.parse_args().comments:
        print(f"{path}: {count(path)} lines, {count(path, PHONE)} on a phone")


if __name__ == "__main__":
    main()
