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
        allowed = {("code", "aria-hidden"), ("pre", "lang"), ("td", "align"), ("th", "align")}
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


def visible(text: str) -> str:
    """What a reader sees of a text: without our breaks, runs of spaces as one."""
    return re.sub(r"\s+", " ", text.replace(BREAK, "")).strip()
