"""A hook of MkDocs: takes the pages that stand at the top of the repository along, and leads links out of docs/ home.

On GitHub a page links to `../SECURITY.md` and `../gate.yaml`. On the site the first is a page of its own, and the
second a link into the repository; where nobody said which repository that is (REPOSITORY_URL), its text alone stays.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
ABOVE = {"SECURITY.md": "security.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""Pages of the top of the repository, and what they are called on the site."""
_ALSO = {"README.md": "index.md"}
_TOKEN = re.compile(
    r"^```.*?^```"  # fenced code
    r"|(?P<picture>!?)\[(?P<words>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^)\s]+)\)"
    r"|`[^`\n]*`",  # code in a line; a link may have some in its words
    re.DOTALL | re.MULTILINE,
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the navigation: every rule under Rules, and under More each page that nobody put anywhere."""
    nav = config.nav or []
    named = set(_named(nav)) | {*ABOVE.values()}
    found = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))
    rules = [page for page in found if page.startswith("rules/")]
    rules.sort(key=lambda page: (page != "rules/README.md", page))
    more = [page for page in found if page not in named and page not in rules]
    config.nav = [*nav, {"Rules": rules}, *([{"More": more}] if more else [])]
    return config


def _named(part: object) -> list[str]:
    """The pages that a part of the navigation names."""
    if isinstance(part, str):
        return [part]
    items = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [page for item in items for page in _named(item)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from above docs/."""
    from mkdocs.structure.files import File

    for name, page in ABOVE.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Lead each link of a page to where it is on the site, or in the repository."""
    page_of = {site: above for above, site in ABOVE.items()}
    source = page_of.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    home = (config.repo_url or "").rstrip("/")
    return _led(markdown, source, page.file.src_uri, home)


def _led(text: str, source: str, here: str, home: str) -> str:
    def lead(found: re.Match[str]) -> str:
        picture, words, target = found.group("picture", "words", "target")
        if target is None:
            return found.group()
        path, _, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", target):
            return found.group()
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        site = ABOVE.get(wanted, _ALSO.get(wanted, wanted.removeprefix("docs/") if wanted.startswith("docs/") else ""))
        if site and not (ROOT / "docs" / site).is_dir():
            led = posixpath.relpath(site, posixpath.dirname(here) or ".")
            return f"{picture}[{words}]({led}{'#' + anchor if anchor else ''})"
        return f"{picture}[{words}]({home}/blob/main/{wanted})" if home else words

    return _TOKEN.sub(lead, text)
