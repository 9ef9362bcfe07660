"""Makes text that strangers wrote inert: it is shown, and it does nothing.

Class names, slice values, utterances, file names and error texts come from pull requests. Each renderer has one way to
put them down: `prose` and `code` for Markdown as GitHub renders it, `label` for Mermaid, `clean` for the terminal, and
`clean` with Jinja's autoescape for HTML.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACES = re.compile("[\t\n\x0b\x0c\r\x85\u2028\u2029]+")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control sequences: colours, cursor moves, titles of a terminal
    "\u00ad\u034f\u115f\u1160\u180e\u200b\u2060-\u2064\u3164\ufeff\uffa0\ufff9-\ufffb"  # drawn as nothing
    "\ue000"  # ours, below
    "\u202a-\u202e\u2066-\u2069"  # reorder what stands around them
    "\U000e0000-\U000e007f"  # tags: invisible ASCII
    "\ud800-\udfff]"  # halves of a character, which UTF-8 cannot hold
)
_MARKS = re.compile(
    "([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})"
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)

BREAK = "\u200b"
"""A space of no width. `clean` shows those of the input as `\\u200b`, so that each one that is left is ours."""

_BACKSLASH = "\ue000"
"""Stands for a backslash of ours until all others are escaped; `clean` leaves none of it."""

_AFTER = re.compile(
    r"@"  # mentions of people and teams, and addresses of e-mail
    r"|\#(?=\d)"  # issues
    r"|:(?=//)"  # addresses
    r"|:(?=[\w+-]+:)"  # emoji by name
    r"|(?i:www)(?=\.)"
    r"|(?i:gh)-(?=\w)|[A-Z][A-Z0-9]*-(?=\w)"  # GH-1, GHSA-..., and the custom TICKET-1
)
_COMMIT = re.compile(r"[0-9a-fA-F]{7,}")
_OPEN = re.compile(r":[\w+-]+$")
_SIX = re.compile(r".{6}(?=.)")
_BLOCK = re.compile(r"[-+](?=\s|$)|\#{1,6}(?=\s|$)|\d+(?=[.)](?:\s|$))|[-=](?=[-=\s]*$)")
"""What would start a list, a heading or a rule at the start of a line."""

_ENTITIES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "|": "&#124;",
    "\\": "&#92;",
    "`": "&#96;",
    "$": "<span>$</span>",  # how GitHub's documentation tells a dollar from a formula
    BREAK: "&#8203;",
}
_HTML = str.maketrans(_ENTITIES)
_MARKDOWN = str.maketrans(_ENTITIES | {char: f"\\{char}" for char in "*_[]~"} | {_BACKSLASH: "\\"})
_NEEDS_CARE = re.compile(r"[`|\\]|^\s|\s$")
_PLAIN_IN_MERMAID = re.compile(r"[^\w .,/=+→−-]", re.ASCII)
CUT = "…"


def clean(text: str) -> str:
    """Return the text on one line, with every character that is unseen or acts on its surroundings spelled out."""
    text = _SPACES.sub(" ", text)
    text = _MARKS.sub(r"\1", text)
    return _UNSEEN.sub(_spelled, text)


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def prose(text: str) -> str:
    """Escape a sentence for Markdown, in a paragraph, a heading, a table cell or a list item."""
    return _not_a_block(_broken(text)).translate(_MARKDOWN)


def markup(text: str) -> str:
    """Escape a sentence for a line of HTML inside Markdown, where Markdown's own escapes would be shown as they are."""
    return _broken(text).translate(_HTML)


def _broken(text: str) -> str:
    """Clean the text and put a break into each word that GitHub would turn into a link, a person or a picture."""
    text = _AFTER.sub(lambda match: match.group() + BREAK, clean(text).strip())
    return _COMMIT.sub(lambda match: _SIX.sub(lambda six: six.group() + BREAK, match.group()), text)


def before_colon(escaped: str) -> str:
    """Make escaped text one that a colon of ours may follow: with it, what ends in `:word` would be an emoji."""
    return escaped + _ENTITIES[BREAK] if _OPEN.search(escaped) else escaped


def _not_a_block(text: str) -> str:
    """Mark where a backslash must keep a line from becoming a list, a heading or a rule."""
    match = _BLOCK.match(text)
    if not match:
        return text
    at = match.end() if match.group().isdigit() else 0
    return f"{text[:at]}{_BACKSLASH}{text[at:]}"


def code(text: str) -> str:
    """Quote a name or a value for Markdown as code; `(empty)` where there is nothing to show."""
    text = clean(text)
    if not text.strip():
        return "(empty)"
    if not _NEEDS_CARE.search(text):
        return f"`{text}`"
    return f"<code>{prose(text)}</code>"


def label(text: str) -> str:
    """Escape text for a Mermaid label between double quotes: entities, since Mermaid knows no backslash."""
    return _PLAIN_IN_MERMAID.sub(lambda match: f"#{ord(match.group())};", clean(text).strip())


def clip(text: str, size: int) -> str:
    """Cut a text that is longer than `size` characters, and show that it was cut."""
    return text if len(text) <= size else text[: max(size - 1, 0)].rstrip() + CUT


def length(text: str) -> int:
    """Count characters as the strictest reader does: UTF-16 units, of which an emoji takes two."""
    return len(text) + sum(char > "\uffff" for char in text)


def fit(text: str, size: int, how: Callable[[str], str] = prose) -> str:
    """Escape a text after cutting it so that what comes out has at most `size` characters."""
    text = clip(clean(text), size)
    while length(done := how(text)) > size and len(text) > 1:
        text = clip(text, min(len(text) - 1, max(1, len(text) * size // length(done))))
    return done
