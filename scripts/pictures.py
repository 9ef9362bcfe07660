"""Takes the pictures of docs/images from real runs: `python -m scripts.pictures [report] [history]`.

`report`: the pipeline of this repository with a tokeniser that drops short words, judged against main: the comment in
light, in dark and on a phone, and the HTML report in light and dark. `history`: a small repository of the tests,
through six merges, two versions and one promotion; its merges are told as a week apart, and that alone is made up.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import shutil
import sys
from pathlib import Path

from scripts.demo import BIN, BROKEN, call, git, make_clone, make_main, replace
from scripts.screenshots import opened

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
FOLDER = ROOT / "build" / "pictures"
MOST_BYTES = 200_000
TALL = 1000
"""Pixels of a page that are shown."""


def take(source: Path, name: str, *, width: int, dark: bool = False, scale: float = 1, script: str = "") -> None:
    """One picture of the top of a page, after `script` ran in it."""
    out = IMAGES / f"{name}.png"
    with opened(source, width=width, dark=dark, scale=scale) as page:
        if script:
            page.evaluate(script)
        tall = min(TALL, int(page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": width, "height": tall})
        page.screenshot(path=str(out))
    size = out.stat().st_size
    print(f"{out.relative_to(ROOT)}: {size // 1000} kB")
    if size > MOST_BYTES:
        sys.exit(f"pictures: {out.name} is larger than {MOST_BYTES // 1000} kB")


def report() -> None:
    """A pull request that breaks the model, as its reviewers see it."""
    call([sys.executable, ROOT / "scripts/bring_data.py"], ROOT)
    call([BIN / "mergegate", "run", "--push"], ROOT)
    folder = fresh("report")
    make_main(folder / "main")
    clone = folder / "clone"
    make_clone(clone, folder / "main")
    git(clone, "switch", "--quiet", "--create", "broken")
    replace(clone / "src/intent/features.py", *BROKEN)
    git(clone, "commit", "--quiet", "--all", "--message", "Tokeniser: drop short words")
    call([BIN / "mergegate", "run", "--base", "HEAD~1"], clone)
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "Lock")
    out = FOLDER / "report" / "report"
    call([BIN / "mergegate", "check", "--base", "HEAD~2", "--plots", "--out", out], clone, codes=(1,))
    shots(out)


def shots(out: Path) -> None:
    """Of a report's two forms."""
    take(out / "report.md", "comment-light", width=760)
    take(out / "report.md", "comment-dark", width=760, dark=True)
    take(out / "report.md", "comment-phone", width=390)
    take(out / "report.html", "report-light", width=1000)
    take(
        out / "report.html",
        "report-dark",
        width=1000,
        dark=True,
        script="document.querySelector('#target-1').scrollIntoView()",
    )


def history() -> None:
    """What a repository's main has been through."""
    from tests.release.world import make_world

    from mergegate.cli.promote import PromoteOptions, promote
    from mergegate.cli.register import RegisterOptions, register

    os.environ.pop("GITHUB_ACTOR", None)
    world = make_world(fresh("history"))
    lines = world.root / "metrics" / "history.jsonl"
    for number, wrong in enumerate((9, 8, 6, 7, 5, 4)):
        world.merge(wrong=wrong)
        if number in {2, 5}:
            register(world.root, RegisterOptions("toy"))
        if number:
            world.gate("check", "--base", "HEAD^", "--record")
            spread(lines)
            world.repo.commit("history")
            world.repo.git("push", "-q", "origin", "main")
    promote(world.root, PromoteOptions("toy", to="test"))
    world.gate("report", "--history", "--out", "page")
    take(world.root / "page" / "index.html", "history", width=1200)


def spread(lines: Path) -> None:
    """Tell the merges as a week apart, the last of them on the day it was made."""
    told = [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()]
    last = dt.datetime.now(dt.UTC).date()
    for number, one in enumerate(reversed(told)):
        one["date"] = str(last - dt.timedelta(weeks=number))
    lines.write_text("".join(json.dumps(one) + "\n" for one in told), encoding="utf-8")


def fresh(name: str) -> Path:
    """An empty folder."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=["report", "history"], default=["report", "history"])
    for name in dict.fromkeys(parser.parse_args().which):
        {"report": report, "history": history}[name]()


if __name__ == "__main__":
    main()
