"""Brings an SVG picture that Vega drew into a page: what draws stays, everything else goes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import escape

_SHAPES = {"svg", "g", "path", "line", "rect", "circle", "text"}
_SAID = {
    "d", "transform", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "viewBox",
    "stroke-width", "stroke-dasharray", "opacity", "fill-opacity", "stroke-opacity", "text-anchor", "font-size",
    "font-weight",
}  # fmt: skip
_COLOURS = {"fill", "stroke"}
_COLOUR = re.compile(r"#[0-9a-f]{3,6}|none|transparent|black|white", re.IGNORECASE)
_PLAIN = re.compile(r"[-+\w.,% ()#]*")
_SPACE = "{http://www.w3.org/2000/svg}"


def inlined(svg: str, label: str) -> str:
    """The picture as an element of a page, of shapes and texts alone, with a name for who does not see it.

    Raises `ValueError` where the text is no SVG.
    """
    try:
        root = ET.fromstring(svg)  # noqa: S314 - vl-convert wrote it, and it names no entity
    except ET.ParseError as error:
        raise ValueError(f"no SVG: {error}") from None
    if root.tag != f"{_SPACE}svg":
        raise ValueError("no SVG: another root")
    return _element(root, f' class="vega" role="img" aria-label="{escape(label)}"')


def _element(element: ET.Element, more: str = "") -> str:
    tag = element.tag.removeprefix(_SPACE)
    if tag not in _SHAPES or _invisible(element, tag):
        return ""
    said = "".join(f' {key}="{escape(value)}"' for key, value in element.attrib.items() if _kept(key, value))
    text = escape(element.text or "", quote=False) if tag == "text" else ""
    inside = text + "".join(_element(child) for child in element)
    return "" if tag == "g" and not inside else f"<{tag}{more}{said}>{inside}</{tag}>"


def _kept(key: str, value: str) -> bool:
    return bool(_COLOUR.fullmatch(value)) if key in _COLOURS else key in _SAID and bool(_PLAIN.fullmatch(value))


def _invisible(element: ET.Element, tag: str) -> bool:
    """Vega's empty paths, and the white ground that it puts behind all."""
    if element.get("display") == "none":
        return True
    paths = tag == "path" and element.get("d", "") in {"", "M0,0h0v0h0Z"}
    return paths or (tag == "rect" and element.get("fill") == "white")
