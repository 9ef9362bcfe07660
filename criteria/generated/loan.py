"""Decides `approve` by its criteria: decide(row) gives points, decision and reasons.

card sha256:d6a65da1117957d5004e0283e768c623207df1fe19fa5014765206dab3fff0e6
Generated from the card: change the card, never this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = tuple[int, int, tuple[str, ...]]  # points, points lost against the reference, the words for it

CARD = "sha256:d6a65da1117957d5004e0283e768c623207df1fe19fa5014765206dab3fff0e6"
START = 590
CUTOFF = 530
NUMBERS = (float, int)
FLAGS = (int, bool, float)


class Decision(NamedTuple):
    """Points and decision of one applicant; or each column that was refused, and why: then nothing was decided."""

    points: int | None
    decision: str | None
    reasons: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


class RefusedError(ValueError):
    """A value out of the contract."""


def rule_unver(value: Any) -> Found:
    """Points for unver."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in FLAGS or value not in (0, 1):
        raise RefusedError("must be 0 or 1")
    if value == 0:
        return 0, 0, ()
    return -63, 63, ("unverifiable information yes: these 63 points go with no",)


def rule_pubrec(value: Any) -> Found:
    """Points for pubrec."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in FLAGS or value not in (0, 1):
        raise RefusedError("must be 0 or 1")
    if value == 0:
        return 0, 0, ()
    return -27, 27, ("bankruptcy on record yes: these 27 points go with no",)


def rule_cons(value: Any) -> Found:
    """Points for cons."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 1 <= value <= 6:
        raise RefusedError("must be a number from 1 to 6")
    if value < 2:
        return 0, 0, ()
    if value < 4:
        return (
            -12,
            12,
            (
                "consumer payments, 1 (never late) to 6 (seriously) ",
                ": our limit for these 12 points is below 2",
            ),
        )
    if value < 6:
        return (
            -23,
            23,
            (
                "consumer payments, 1 (never late) to 6 (seriously) ",
                ": our limit for these 23 points is below 2",
            ),
        )
    return (
        -37,
        37,
        (
            "consumer payments, 1 (never late) to 6 (seriously) ",
            ": our limit for these 37 points is below 2",
        ),
    )


def rule_chist(value: Any) -> Found:
    """Points for chist."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in FLAGS or value not in (0, 1):
        raise RefusedError("must be 0 or 1")
    if value == 0:
        return -8, 8, ("accounts paid within 60 days no: these 8 points go with yes",)
    return 0, 0, ()


def rule_mortg(value: Any) -> Found:
    """Points for mortg."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 1 <= value <= 4:
        raise RefusedError("must be a number from 1 to 4")
    if value < 2:
        return 9, 0, ()
    return 0, 0, ()


def rule_obrat(value: Any) -> Found:
    """Points for obrat."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 0 <= value <= 100:
        raise RefusedError("must be a number from 0 to 100 %")
    if value < 30:
        return 10, 0, ()
    if value < 41:
        return 0, 0, ()
    if value < 47:
        return -23, 23, ("debt-to-income ratio ", " %: our limit for these 23 points is below 41 %")
    return -45, 45, ("debt-to-income ratio ", " %: our limit for these 45 points is below 41 %")


def rule_hrat(value: Any) -> Found:
    """Points for hrat."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 0 <= value <= 100:
        raise RefusedError("must be a number from 0 to 100 %")
    if value < 30:
        return 0, 0, ()
    if value < 34:
        return -1, 1, ("housing expense to income ", " %: our limit for this 1 point is below 30 %")
    if value < 38:
        return -15, 15, ("housing expense to income ", " %: our limit for these 15 points is below 30 %")
    return -18, 18, ("housing expense to income ", " %: our limit for these 18 points is below 30 %")


def rule_loanprc(value: Any) -> Found:
    """Points for loanprc."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 0 <= value <= 5:
        raise RefusedError("must be a number from 0 to 5")
    if value < 0.6:
        return 14, 0, ()
    if value < 0.8:
        return 0, 0, ()
    if value < 0.95:
        return -7, 7, ("loan to price ", ": our limit for these 7 points is below 0.8")
    return -18, 18, ("loan to price ", ": our limit for these 18 points is below 0.8")


def rule_netw(value: Any) -> Found:
    """Points for netw."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not -100000 <= value <= 1000000:
        raise RefusedError("must be a number from -100000 to 1000000")
    if value < 40:
        return -7, 7, ("net worth in thousands of dollars ", ": our limit for these 7 points is at least 40")
    return 0, 0, ()


def rule_unem(value: Any) -> Found:
    """Points for unem."""
    if value is None:
        raise RefusedError("must be given")
    if type(value) not in NUMBERS or not 0 <= value <= 100:
        raise RefusedError("must be a number from 0 to 100 %")
    if value < 3.8:
        return 0, 0, ()
    if value < 7.1:
        return -6, 6, ("unemployment in the industry ", " %: our limit for these 6 points is below 3.8 %")
    return -15, 15, ("unemployment in the industry ", " %: our limit for these 15 points is below 3.8 %")


def rule_multi(value: Any) -> Found:
    """Points for multi."""
    if value is None:
        return -15, 15, ("two or more units not given: 15 points fewer than with no",)
    if type(value) not in FLAGS or value not in (0, 1):
        raise RefusedError("must be 0 or 1")
    if value == 0:
        return 0, 0, ()
    return -15, 15, ("two or more units yes: these 15 points go with no",)


def decide(row: Mapping[str, Any]) -> Decision:
    """Points, decision and reasons of one applicant.

    None stands for a value that is not given; numbers are Python's own int or float.
    """
    try:
        found = (
            rule_unver(row["unver"]),
            rule_pubrec(row["pubrec"]),
            rule_cons(row["cons"]),
            rule_chist(row["chist"]),
            rule_mortg(row["mortg"]),
            rule_obrat(row["obrat"]),
            rule_hrat(row["hrat"]),
            rule_loanprc(row["loanprc"]),
            rule_netw(row["netw"]),
            rule_unem(row["unem"]),
            rule_multi(row["multi"]),
        )
    except (KeyError, RefusedError):
        return Decision(None, None, (), refusals(row))
    points = START
    for worth, _, _ in found:
        points += worth
    if points >= CUTOFF:
        return Decision(points, "approve")
    return Decision(points, "deny", reasons(row, found))


def reasons(row: Mapping[str, Any], found: tuple[Found, ...]) -> tuple[str, ...]:
    """At most four reasons: what cost most comes first, then the order of the card."""
    losing = [(-lost, index) for index, (_, lost, _) in enumerate(found) if lost > 0]
    return tuple([words(row[COLUMNS[index]], found[index][2]) for _, index in sorted(losing)[:4]])


def words(value: Any, parts: tuple[str, ...]) -> str:
    """A reason, with the applicant's number where it has a place for one."""
    return shown(value).join(parts) if len(parts) > 1 else parts[0]


def shown(value: float) -> str:
    """A number with the shortest digits that give it back."""
    if value == int(value):
        return str(int(value))
    if -0.0001 < value < 0.0001:
        return "between 0 and 0.0001" if value > 0 else "between -0.0001 and 0"
    return float.__repr__(float(value))


def refusals(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Each column that is missing or out of the contract, and why."""
    refused = []
    for column, rule in RULES.items():
        try:
            rule(row[column])
        except KeyError:
            refused.append((column, "column is missing"))
        except RefusedError as reason:
            refused.append((column, str(reason)))
    return tuple(refused)


RULES = {
    "unver": rule_unver,
    "pubrec": rule_pubrec,
    "cons": rule_cons,
    "chist": rule_chist,
    "mortg": rule_mortg,
    "obrat": rule_obrat,
    "hrat": rule_hrat,
    "loanprc": rule_loanprc,
    "netw": rule_netw,
    "unem": rule_unem,
    "multi": rule_multi,
}
COLUMNS = tuple(RULES)
