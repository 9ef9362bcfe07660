"""Renders a report's Markdown to one HTML page that looks as it does on GitHub, for pictures and browser tests.

The look comes from two npm packages, locked in rendering/ and installed into build/render.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options

HERE = Path(__file__).resolve().parent
LOCKED = HERE / "rendering"
BUILD = HERE.parent / "build" / "render"

_GRAPH = re.compile(r'<pre lang="mermaid"><code>(.*?)</code></pre>', re.DOTALL)
_FRAME = """
body { margin: 0; padding: 16px; background: %(around)s; }
.comment { max-width: 900px; margin: 0 auto; border: 1px solid %(line)s; border-radius: 6px; overflow: hidden; }
.author { padding: 8px 16px; border-bottom: 1px solid %(line)s; background: %(head)s; color: %(soft)s;
  font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
.comment .markdown-body { padding: 16px; font-size: 14px; }
.comment .markdown-body table { display: block; width: max-content; max-width: 100%%; overflow: auto; }
"""
_COLOURS = {
    "light": {"around": "#ffffff", "line": "#d1d9e0", "head": "#f6f8fa", "soft": "#59636e"},
    "dark": {"around": "#0d1117", "line": "#3d444d", "head": "#151b23", "soft": "#9198a1"},
}


def install() -> Path:
    """Install the locked packages once, and return their folder."""
    modules = BUILD / "node_modules"
    stamp = BUILD / "package-lock.json"
    locked = LOCKED / "package-lock.json"
    if stamp.exists() and stamp.read_bytes() == locked.read_bytes() and (BUILD / ".installed").exists():
        return modules
    BUILD.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCKED / name, BUILD / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=BUILD, check=True, stdout=sys.stderr)
    (BUILD / ".installed").touch()
    return modules


def lock() -> None:
    """Write the lock of the newest fitting versions, without any address in it."""
    command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--omit-lockfile-registry-resolved"]
    subprocess.run(command, cwd=LOCKED, check=True)
    path = LOCKED / "package-lock.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    for package in document["packages"].values():
        for key in ("resolved", "funding"):
            package.pop(key, None)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def fragment(markdown: str) -> str:
    """Return the HTML of GitHub-flavoured Markdown, raw HTML kept as GitHub keeps what it allows."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_GITHUB_PRE_LANG
    return str(cmarkgfm.github_flavored_markdown_to_html(markdown, options))


def page(markdown: str, *, dark: bool = False, unfolded: bool = False) -> str:
    """Return a whole page: a comment in its frame, style and Mermaid in the page, nothing fetched."""
    modules = install()
    theme = "dark" if dark else "light"
    style = (modules / "github-markdown-css" / f"github-markdown-{theme}.css").read_text(encoding="utf-8")
    style += _FRAME % _COLOURS[theme]
    body = _GRAPH.sub(lambda match: f'<pre class="mermaid">{match.group(1)}</pre>', fragment(markdown))
    if unfolded:
        body = body.replace("<details>", "<details open>")
    script = ""
    if 'class="mermaid"' in body:
        library = (modules / "mermaid" / "dist" / "mermaid.min.js").read_text(encoding="utf-8")
        start = {"startOnLoad": False, "securityLevel": "strict", "theme": "dark" if dark else "default"}
        library = library.replace("</script", "<\\/script")
        script = f"<script>{library}</script><script>{_draw(start)}</script>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>A comment</title>'
        f"<style>{style}</style></head><body>"
        '<div class="comment"><div class="author"><b>github-actions</b> commented</div>'
        f'<div class="markdown-body">{body}</div></div>{script}</body></html>'
    )


def _draw(start: dict[str, object]) -> str:
    """Draw each graph while its fold is open: a hidden one has no size. Say so on the page's body when done."""
    return (
        f"mermaid.initialize({json.dumps(start)});"
        "(async () => { const folds = [...document.querySelectorAll('details')].map((d) => [d, d.open]);"
        "folds.forEach(([d]) => { d.open = true; });"
        "try { await mermaid.run(); } finally { folds.forEach(([d, open]) => { d.open = open; });"
        "document.body.dataset.drawn = 'yes'; } })();"
    )


def main() -> None:
    """Render a file to a page, or renew the lock."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("report", nargs="?", type=Path, help="the Markdown file")
    parser.add_argument("out", nargs="?", type=Path, help="the HTML file to write")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--lock", action="store_true", help="renew scripts/render/package-lock.json instead")
    asked = parser.parse_args()
    if asked.lock:
        lock()
    elif asked.report and asked.out:
        asked.out.write_text(page(asked.report.read_text(encoding="utf-8"), dark=asked.dark), encoding="utf-8")
    else:
        parser.error("name a report and the file to write")


if __name__ == "__main__":
    main()
