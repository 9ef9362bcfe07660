"""A tiny repository whose pipeline also answers rows without labels, and pairs of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenes.repo import DVC, GATE, PREDICT, Repo, make_repo

if TYPE_CHECKING:
    from pathlib import Path

MORE = """\
with open("shadow.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "prediction", "score", "group", "language", "utterance"])
    for number in range(1_000 - int(params["unanswered"])):
        moved = number % 250 < int(params["moved"])
        said = "<b>off</b>" if moved else "on"
        language = ("de", "en")[number % 2]
        writer.writerow([f"s{number}", said, 0.4 if moved else 0.9, f"g{number // 2}", language, f"say {number}"])
with open("pairs.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "of", "kind", "text", "prediction"])
    for number in range(400):
        writer.writerow([f"p{number}", "", "", f"say {number}", "on"])
        for kind, key in (("politeness", "polite"), ("case", "case")):
            flips = number % 20 < int(params[key])
            writer.writerow([f"p{number}-{kind}", f"p{number}", kind, f"SAY {number}", "off" if flips else "on"])
"""
PARAMS = "wrong: 5\nbroken: none\nquiz: good\nmoved: 0\nunanswered: 0\npolite: 0\ncase: 0\n"


def make_asked(folder: Path, asked: str, **params: str | int) -> Repo:
    """A published main whose policy says `asked` of the model, too; with params other than usual."""
    repo = make_repo(folder)
    repo.write(predict__py=PREDICT + MORE, params__yaml=PARAMS, gate__yaml=GATE + asked)
    pipeline = DVC.replace("[wrong, broken, quiz]", "[wrong, broken, quiz, moved, unanswered, polite, case]")
    repo.write(dvc__yaml=pipeline.replace("quiz.csv]", "quiz.csv, shadow.csv, pairs.csv]"))
    with (repo.root / ".gitignore").open("a") as ignored:
        ignored.write("/shadow.csv\n/pairs.csv\n")
    if params:
        repo.params(**params)
    repo.commit("ask more")
    repo.run()
    repo.commit("ran")
    return repo
