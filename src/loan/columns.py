"""What each column of `applications.csv` is: known at the decision, for audit alone, known only later, or none of it.

docs/data/loan.md says the same in words, and a test holds the two together.
"""

from __future__ import annotations

ID = "id"
KNOWN = (
    "occ", "loanamt", "suffolk", "appinc", "unit", "dep", "emp", "yjob", "self", "atotinc", "cototinc", "hexp", "price",
    "other", "liq", "rep", "lines", "mortg", "cons", "pubrec", "hrat", "obrat", "fixadj", "term", "apr", "prop", "inss",
    "gift", "cosign", "unver", "netw", "unem", "sch", "mortno", "mortperf", "mortlat1", "mortlat2", "chist", "multi",
    "loanprc", "thick",
)  # fmt: skip
"""On the application or in the credit report, before anybody decides."""
AUDIT = ("black", "hispan", "white", "male", "married", "old", "min30", "bd", "mi", "vr")
"""What a lender may not look at, and what only describes the neighbourhood: kept to see whom a rule meets."""
JUDGED = ("gdlin", "inson")
"""Somebody's verdict of the same application, which cannot be the reason for another."""
LEAKS = ("action", "typur", "review", "reject", "approve")
"""The decision itself, and what is known only after it."""
CONSTANT = ("msa",)
"""The same in every row."""
UPSTREAM = (
    "occ", "loanamt", "action", "msa", "suffolk", "appinc", "typur", "unit", "married", "dep", "emp", "yjob", "self",
    "atotinc", "cototinc", "hexp", "price", "other", "liq", "rep", "gdlin", "lines", "mortg", "cons", "pubrec", "hrat",
    "obrat", "fixadj", "term", "apr", "prop", "inss", "inson", "gift", "cosign", "unver", "review", "netw", "unem",
    "min30", "bd", "mi", "old", "vr", "sch", "black", "hispan", "male", "reject", "approve", "mortno", "mortperf",
    "mortlat1", "mortlat2", "chist", "multi", "loanprc", "thick", "white",
)  # fmt: skip
"""The columns of upstream's table, in its order."""
UNKNOWN: dict[str, str] = {
    "gdlin": "666",
    "lines": "999999.375",
    "liq": "1000000.0",
    "review": "999",
    "term": "999999.375",
}
"""What upstream writes where it does not know: an impossible number, which is written here as nothing at all."""
