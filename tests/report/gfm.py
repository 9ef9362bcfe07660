"""Markdown parsed back as GitHub does: cmark-gfm, then what GitHub's own filters would make of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options

from mergegate.report.escape import BREAK

OURS = {
    "table", "thead", "tbody", "tr", "th", "td", "p", "h2", "br", "strong", "code", "pre", "sub", "span",
    "details", "summary",
}  # fmt: skip
"""Every element that a report is made of; none of them can fetch or run anything."""

LINES = 25
"""Of an ordinary comment, before anything is opened: a screen."""

_FILTERS = {
    "mention": re.compile(r"(?<![\w`])@[A-Za-z0-9]"),
    "issue": re.compile(r"#\d|(?<![a-z0-9])gh-\d", re.IGNORECASE),
    "commit": re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{7,40}(?![0-9a-fA-F])"),
    "emoji": re.compile(r":[\w+-]+:"),
    "address": re.compile(r"www\.|\w://", re.IGNORECASE),
    "e-mail": re.compile(r"[\w.+-]@[\w-]"),
}


@dataclass
class Page(HTMLParser):
    """What a browser would get."""

    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    outside_code: list[str] = field(default_factory=list)
    dollars: int = 0
    comments: list[str] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag != "br":
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self._open):
            self.tables[-1][-1][-1] += data
        if not {"code", "pre"} & set(self._open):
            self.outside_code.append(data)
            self.dollars += data.count("$") if self._open[-1:] != ["span"] else 0

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def foreign(self) -> list[str]:
        """Everything that is not ours: elements, attributes, comments, and words that GitHub's filters would turn."""
        found = [tag for tag in self.tags if tag not in OURS]
        allowed = {("code", "aria-hidden"), ("sub", "aria-hidden"), ("pre", "lang"), ("td", "align"), ("th", "align")}
        found += [f"{tag} {name}" for tag, name, _ in self.attributes if (tag, name) not in allowed]
        found += self.comments
        text = "\0".join(self.outside_code)
        found += [f"{kind}: {match.group()}" for kind, rule in _FILTERS.items() for match in rule.finditer(text)]
        return found + ["formula"] * self.dollars


def parse(markdown: str) -> Page:
    """Parse Markdown with every extension that GitHub uses, raw HTML kept."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_GITHUB_PRE_LANG
    page = Page()
    page.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options))
    page.close()
    return page


def closed(markdown: str) -> str:
    """The comment with every fold shut: the outer headings are left, and nothing below them."""
    depth, kept = 0, list[str]()
    for part in re.split(r"(<details>|</details>)", markdown):
        depth += {"<details>": 1, "</details>": -1}.get(part, 0)
        if part not in {"<details>", "</details>"}:
            kept += [part] if not depth else re.findall(r"^<summary>.*?</summary>", part) if depth == 1 else []
    return "".join(kept)


def lines_seen(markdown: str) -> int:
    """About how many lines a desk shows before anything is opened; `scripts/lines.py` counts what Chromium draws.

    A row of a table is as high as the highest of its cells.
    """
    count = 0
    for line in closed(markdown).splitlines():
        if not line.strip() or line.startswith("| ---"):
            continue
        cells = line.strip("| ").split(" | ") if line.startswith("|") else [line]
        widths = (20, 84) if len(cells) == 2 else (62 if line.startswith("#") else 116,) * len(cells)
        parts = [[len(_drawn(part)) for part in cell.split("<br>")] for cell in cells]
        count += max(sum(-(-size // wide) for size in sizes) for sizes, wide in zip(parts, widths, strict=True))
    return count


def _drawn(text: str) -> str:
    """A line without its markup; small letters are two thirds as wide."""
    small = "".join(re.findall(r"<sub.*?>(.*?)</sub>", text))
    return visible(re.sub(r"<.*?>|\*\*|`|&#8203;", "", text.replace("&nbsp;", " ")))[len(small) // 3 :]


def visible(text: str) -> str:
    """What a reader sees of a text: without our breaks, runs of spaces as one."""
    return re.sub(r"\s+", " ", text.replace(BREAK, "")).strip()
