"""Broken texts are found in any language, and sound ones are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.read.data_tables import policy, read, row

SOUND = [
    "Straße „Spaß“ – Ä“ NÃO maçã", "CAFÉ»", "Это хорошо", "Ελληνικά", "العربية", "日本語", "中", "👍", "tab\tand\nline",
    "naïve façade Âme", "ok", "5", "50 %", "Ñandú ESPAÑA", "می‌خواهم", "한국어",
]  # fmt: skip


def counts(folder: Path, before: list[str], after: list[str], **parts: Any) -> dict[str, tuple[int, int]]:
    base, head = ([row(f"r{n}", text=text) for n, text in enumerate(texts)] for texts in (before, after))
    found = read(folder, base, head, policy(text=["text"], **parts))
    return {fault.kind: (fault.before, fault.after) for fault in found.texts}


def test_sound_texts_of_many_languages_are_not_broken(tmp_path: Path) -> None:
    found = counts(tmp_path, SOUND, SOUND)
    assert found["wrongly decoded"] == found["with control characters"] == (0, 0)
    assert found["blank or nearly so"] == (1, 1), "only the single digit"


@pytest.mark.parametrize("codec", ["latin-1", "cp1252"])
def test_utf8_that_was_read_as_something_else_is_found(tmp_path: Path, codec: str) -> None:
    """Each of them, and none of them twice."""
    texts = ["schließe", "água ação", "“quoted”", "Привет", "naïve", "😀 hi", "€ 5"]
    broken = [text.encode("utf-8").decode(codec, errors="replace") for text in texts]
    assert counts(tmp_path, texts, broken)["wrongly decoded"] == (0, len(texts))


def test_control_and_direction_characters_are_found(tmp_path: Path) -> None:
    texts = ["a\x07b", "a\x85b", "a\u202eb", "\ufeffabc", "ab\x1b[31m"]
    assert counts(tmp_path, ["ab"] * len(texts), texts)["with control characters"] == (0, len(texts))


def test_blank_repeated_and_contradicting_rows_are_counted(tmp_path: Path) -> None:
    before = [row("a", text="one"), row("b", text="two")]
    after = [
        row("a", text="one"), row("b", text=" ONE "), row("c", text="..."), row("d", text="\u00a0 "),
        row("e", text=None),
        row("f", text="same", label="on"), row("g", text="same", label="off"), row("h", text="same", amount="2"),
    ]  # fmt: skip
    found = read(tmp_path, before, after, policy(text=["text"]), ".parquet")
    kinds = {fault.kind: (fault.before, fault.after) for fault in found.texts}
    assert kinds["blank or nearly so"] == (0, 3)
    assert kinds["repeated"] == (0, 3), "of two the second, of three the second and third"
    assert kinds["contradicting"] == (0, 2), "with another amount it is another case"


def test_cells_that_became_empty_are_told_as_a_share(tmp_path: Path) -> None:
    before = [row(f"r{n}") for n in range(10)]
    after = [row(f"r{n}", amount="" if n < 4 else "1") for n in range(10)]
    [fault] = [one for one in read(tmp_path, before, after, policy()).texts if one.kind == "empty"]
    assert (fault.column, fault.before, fault.after, fault.rows) == ("amount", 0, 4, (10, 10))
