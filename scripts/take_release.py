"""Take the newest release of the data: ask the registry, pin it, install it, collect from it, and track what came.

    python -m scripts.take_release

Does nothing where the lock has the newest release already, and undoes the pin where the new release gives the same
data: what was there before is then there still. The workflow `retrain` calls it; a person may, too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version
from scripts import bring_data

from mergegate.errors import MergegateError, SurroundingsError

PACKAGE = "home-assistant-intents"
PROJECT = Path("pyproject.toml")
LOCKS = ("dev.txt", "pipelines.txt", "spark.txt")
_SECONDS = 600
_HASHES = re.compile(r"--hash=(sha256:[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Release:
    """A release in the registry."""

    version: str
    hashes: tuple[str, ...]
    """`sha256:...` of each of its files."""

    @property
    def pin(self) -> str:
        """Its lines in a lock, without the comment on who asks for it."""
        return " \\\n    ".join([f"{PACKAGE}=={self.version}", *(f"--hash={one}" for one in self.hashes)]) + "\n"


def call(*command: str, given: str = "") -> str:
    """The standard output of a command; raises `SurroundingsError` with its last words where it fails."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, timeout=_SECONDS,
        env={"UV_SYSTEM_CERTS": "true", **os.environ},
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()
        raise SurroundingsError(
            f"{Path(command[0]).name} failed: {' '.join(line.strip() for line in said[:6])}",
            where=" ".join(command[1:4]),
            do="mend what it says; the data is as it was",
        )
    return done.stdout


def newest() -> Release:
    """What the registry offers, as uv sees it: neither a pre-release nor one that was withdrawn."""
    said = call(
        *("uv", "pip", "compile", "--quiet", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate"),
        *("--universal", "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links", "-"),
        given=f"{PACKAGE}\n",
    )
    version = re.search(rf"^{PACKAGE}==([0-9][0-9a-z.]*)", said, re.MULTILINE)
    hashes = tuple(sorted(_HASHES.findall(said)))
    if version is None or not hashes:
        raise SurroundingsError(f"the registry offers no {PACKAGE} with a hash", where="uv pip compile")
    return Release(version[1], hashes)


def pinned() -> str:
    """The version in pyproject.toml."""
    found = re.findall(rf'^\s*"{PACKAGE}==([^"]+)",$', PROJECT.read_text(encoding="utf-8"), re.MULTILINE)
    if len(found) != 1:
        raise SurroundingsError(f"{PROJECT} does not pin one {PACKAGE}", where=str(PROJECT), do="pin it with `==`")
    return str(found[0])


def pin(release: Release) -> None:
    """Write the release into pyproject.toml and every lock, and leave every other pin as it is."""
    text = PROJECT.read_text(encoding="utf-8")
    _write(PROJECT, re.sub(rf'"{PACKAGE}==[^"]+"', f'"{PACKAGE}=={release.version}"', text))
    for path in (Path("requirements") / name for name in LOCKS):
        stanza = rf"^{PACKAGE}==.*\\\n(?:    --hash=.*\n)+"
        text, count = re.subn(
            stanza, lambda _: release.pin, path.read_text(encoding="utf-8"), count=1, flags=re.MULTILINE
        )
        if count != 1:
            raise SurroundingsError(f"the lock does not pin {PACKAGE} with hashes", where=str(path), do="make lock")
        _write(path, text)
    call(sys.executable, "-c", "import sys; sys.path.insert(0, 'src'); from intent.release import main; main()")


def install(release: Release) -> None:
    """Put the release in the place of the old one, in the environment that this script runs in."""
    asked = Path("build/release.txt")
    asked.parent.mkdir(exist_ok=True)
    asked.write_text(release.pin, encoding="utf-8")
    uv = ("uv", "pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--require-hashes")
    call(*uv, "--requirement", str(asked))


def track() -> bool:
    """Collect into `data/` and track it; False where that is the data that was there."""
    before = bring_data.named()
    bring_data.collect()
    for name in bring_data.files_of(bring_data.COLLECTED):
        target = bring_data.DATA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (bring_data.COLLECTED / name).replace(target)  # not written into: it may be a link into DVC's cache
    complaint = bring_data.dvc("add", str(bring_data.DATA))
    if complaint:
        raise SurroundingsError(f"DVC does not take the data: {complaint}", where=str(bring_data.DATA))
    if bring_data.named() == before:
        return False
    bring_data.write_list()
    return True


def take() -> str:
    """Do it all; what came of it, in words."""
    before, release = pinned(), newest()
    if Version(release.version) <= Version(before):
        return f"nothing new: {PACKAGE} {before} is the newest release"
    changed = [PROJECT, *(Path("requirements") / name for name in LOCKS), Path("requirements/intent-release.txt")]
    old = {path: path.read_bytes() for path in changed}
    pin(release)
    install(release)
    if track():
        return f"{PACKAGE} {before} → {release.version}"
    for path, content in old.items():
        path.write_bytes(content)
    return f"nothing new: {PACKAGE} {release.version} gives the data of {before}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main() -> None:
    """The command; its last line says what came of it."""
    try:
        print(take())
    except MergegateError as error:
        print(error, file=sys.stderr)
        raise SystemExit(int(error.code)) from None


if __name__ == "__main__":
    main()
