"""The site is built without a warning, has every page, and asks nobody else for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts.site_links import ABOVE, _led
from tests.docs.blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "REPOSITORY_URL": "https://github.example/acme/widget"}
    mkdocs = Path(sys.executable).parent / "mkdocs"
    command = [str(mkdocs), "build", "--strict", "--quiet", "--site-dir", str(out)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.mark.slow
def test_every_page_is_on_the_site_and_in_its_navigation(site: Path) -> None:
    start = (site / "index.html").read_text("utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    for page in [*pages, *ABOVE.values()]:
        where = page.removesuffix(".md").removesuffix("README").removesuffix("index").rstrip("/")
        assert (site / where / "index.html").is_file(), page
        assert f'href="{where or "."}' in start or f'href="{where}/"' in start, page


@pytest.mark.slow
def test_nothing_is_fetched_from_another_place(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        fetched = re.findall(r"<(?:script|img|iframe|source)[^>]+src=\"?([^\">\s]+)", text)
        fetched += re.findall(
            r"<link[^>]+rel=\"?(?:stylesheet|icon|preconnect|preload)\"?[^>]*href=\"?([^\">\s]+)", text
        )
        assert [url for url in fetched if "//" in url] == [], page


@pytest.mark.slow
def test_a_link_out_of_the_pages_leads_into_the_repository(site: Path) -> None:
    text = (site / "comparison" / "index.html").read_text("utf-8")
    assert "https://github.example/acme/widget/blob/main/metrics/benchmarks/decision-quality.json" in text
    assert 'href="../security/"' in text


@pytest.mark.parametrize(
    ("text", "source", "here", "led"),
    [
        ("[a](../SECURITY.md#x)", "docs/policy.md", "policy.md", "[a](security.md#x)"),
        ("[a](../../gate.yaml)", "docs/rules/MG101.md", "rules/MG101.md", "[a](https://h/blob/main/gate.yaml)"),
        ("[a](docs/policy.md)", "CONTRIBUTING.md", "contributing.md", "[a](policy.md)"),
        ("[a](MG905.md)", "docs/rules/README.md", "rules/README.md", "[a](MG905.md)"),
        ("![a](images/x.svg)", "docs/replay.md", "replay.md", "![a](images/x.svg)"),
        ("[`a`](../gate.yaml)", "docs/a.md", "a.md", "[`a`](https://h/blob/main/gate.yaml)"),
        ("`[a](../gate.yaml)`", "docs/a.md", "a.md", "`[a](../gate.yaml)`"),
        ("```\n[a](../gate.yaml)\n```", "docs/a.md", "a.md", "```\n[a](../gate.yaml)\n```"),
        ("[a](https://x.example)", "docs/a.md", "a.md", "[a](https://x.example)"),
    ],
)
def test_each_kind_of_link_is_led_home(text: str, source: str, here: str, led: str) -> None:
    assert _led(text, source, here, "https://h") == led


def test_where_no_repository_is_known_the_words_stay() -> None:
    assert _led("see [the policy](../gate.yaml).", "docs/a.md", "a.md", "") == "see the policy."
