"""Held-out texts that are nearly the same as a training text: MinHash finds the pairs, the exact similarity confirms.

MinHash (Broder, "On the resemblance and containment of documents", 1997) makes of each text a short signature, two of
which agree in each place as often as the texts are alike; only texts that agree in a whole band of places are compared.
"""

# ruff: noqa: S608 - SQL is put together from names made here; what comes from outside is quoted or a parameter
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mergegate.facts.holdout import Near
from mergegate.read.columns import clipped
from mergegate.read.holdout_content import MOST, SIDES, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mergegate.facts.holdout import Examples
    from mergegate.read.holdout import Opened

HELD_TEXTS = 20_000
TRAINED_TEXTS = 1_000_000
"""At most about so many different texts are looked at, drawn by their hash; the report says so."""
PLACES = 128
"""Of a signature."""
MISSED = 0.001
"""At most such a part of the pairs that are just as alike as asked for is missed."""
_AT_ONCE = 5_000
_RUN = 3
"""Characters of a run."""


@dataclass(slots=True)
class _Held:
    """A held-out text, and what was found so far."""

    text: str
    head: bool
    base: bool
    """Whether head, and base, hold it out."""
    runs: frozenset[str]
    twin: tuple[float, str] = (0.0, "")
    """The most similar of head's training texts, as far as one is near."""
    was_near: bool = False
    """Whether base held it out, too, and trained on a near-duplicate."""

    def meet(self, text: str, alike: float, *, head: bool, base: bool) -> None:
        """Take note of a near-duplicate that head, or base, trains on."""
        if self.head and head:
            self.twin = max(self.twin, (alike, text))
        self.was_near |= self.base and base


def read_near(found: Opened) -> Near:
    """Head's held-out texts with a near-duplicate among head's training texts, against the same on base.

    Texts are compared as `plain` leaves them; those that are the same are a leak by content and none of these.
    """
    _make_texts(found)
    similarity = found.policy.similarity
    texts, trained = _count(found, "head_rows"), _count(found, "head_train")
    held = [
        _Held(text, head, base, runs(text))
        for chunk in _chunks(found, "head_rows", "base_rows", HELD_TEXTS)
        for text, head, base in chunk
    ]
    index = _index(held, similarity)
    seen = 0
    for chunk in _chunks(found, "head_train", "base_train", TRAINED_TEXTS):
        seen += sum(head for _, head, _ in chunk)
        for text, head, base, near in _near_texts(index, chunk):
            own = runs(text)
            for place in near:
                alike = jaccard(own, held[place].runs)
                if alike >= similarity and text != held[place].text:
                    held[place].meet(text, alike, head=head, base=base)
    near_ones = [one for one in held if one.twin[1]]
    return Near(
        similarity=similarity,
        texts=sum(one.head for one in held),
        of=texts,
        trained=seen,
        trained_of=trained,
        found=len(near_ones),
        new=_new(held, near_ones, reset=found.fresh),
        examples=_examples(near_ones),
    )


def _new(held: list[_Held], near_ones: list[_Held], *, reset: bool) -> int:
    """Texts that had no near-duplicate on base. After a reset nearly all are others: then, how many more there are."""
    if reset:
        return max(0, len(near_ones) - sum(one.was_near for one in held))
    return sum(not one.was_near for one in near_ones)


def runs(text: str) -> frozenset[str]:
    """The runs of three characters of a text, its edges marked by a space."""
    edged = f" {text} "
    return frozenset(edged[start : start + _RUN] for start in range(max(1, len(edged) - _RUN + 1)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """What two sets have in common, as a part of what either has: in [0, 1]."""
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def bands(similarity: float) -> tuple[int, int]:
    """How many bands of how many places: the longest that miss at most `MISSED` of the pairs of this similarity."""
    for length in range(PLACES, 1, -1):
        count = PLACES // length
        if (1 - similarity**length) ** count <= MISSED:
            return count, length
    return PLACES, 1


def _make_texts(found: Opened) -> None:
    """The temporary table `texts`: each different text, and in which of the `SIDES` it stands."""
    assert found.policy.text is not None  # noqa: S101 - only asked for where the policy names it
    marked = []
    for side, table in found.tables.items():
        marks = ", ".join(f"{'true' if side == other else 'false'} AS {other}" for other in SIDES)
        text = plain(table.text(found.policy.text))
        marked.append(f"SELECT DISTINCT {text} AS text, {marks} FROM {table.relation}")
    sums = ", ".join(f"bool_or({side}) AS {side}" for side in SIDES)
    found.connection.execute(
        f"CREATE TEMP TABLE texts AS SELECT text, {sums} FROM ({' UNION ALL '.join(marked)}) "
        "WHERE text IS NOT NULL GROUP BY text"
    )


def _count(found: Opened, condition: str) -> int:
    (count,) = found.connection.execute(f"SELECT count(*) FROM texts WHERE {condition}").fetchall()[0]
    return int(count)


def _chunks(found: Opened, head: str, base: str, most: int) -> Iterator[list[tuple[str, bool, bool]]]:
    """The texts of a side of head or base, a few thousand at a time; a sample by their hash where there are more."""
    either = f"({head} OR {base})"
    count = _count(found, either)
    bound = (1 << 64) - 1 if count <= most else (most << 64) // count
    rows = found.connection.execute(f"SELECT text, {head}, {base} FROM texts WHERE {either} AND hash(text) <= {bound}")
    while chunk := rows.fetchmany(_AT_ONCE):
        yield chunk


def _signatures(texts: list[frozenset[str]]) -> Any:
    from datasketch import MinHash

    return MinHash.bulk(texts, num_perm=PLACES, hashfunc=_hash)


@lru_cache(maxsize=1 << 16)
def _hash(run: str) -> int:
    """32 bits of a run; remembered, as a language has few runs and a table has them a million times."""
    return int.from_bytes(hashlib.sha256(run.encode("utf-8", "surrogatepass")).digest()[:4], "little")


def _index(held: list[_Held], similarity: float) -> Any:
    """The held-out texts by their place in the list, to be found by a signature that is like theirs."""
    from datasketch import MinHashLSH

    index = MinHashLSH(num_perm=PLACES, params=bands(similarity))
    for start in range(0, len(held), _AT_ONCE):
        part = held[start : start + _AT_ONCE]
        for place, signature in enumerate(_signatures([one.runs for one in part]), start):
            index.insert(place, signature, check_duplication=False)
    return index


def _near_texts(index: Any, chunk: list[tuple[str, bool, bool]]) -> Iterator[tuple[str, bool, bool, list[int]]]:
    """Each training text with the places of the held-out texts that may be near it."""
    signatures = _signatures([runs(text) for text, _, _ in chunk])
    for (text, head, base), signature in zip(chunk, signatures, strict=True):
        yield text, head, base, index.query(signature)


def _examples(near_ones: list[_Held]) -> Examples:
    ordered = sorted(near_ones, key=lambda one: (one.was_near, -one.twin[0], one.text))[:MOST]
    rows = [
        (clipped(one.text), clipped(twin), f"{alike:.2f}", "yes" if one.was_near else "no")
        for one, (alike, twin) in ((one, one.twin) for one in ordered)
    ]
    return (("held out", "in training", "similarity", "so on base"), *rows) if rows else ()
