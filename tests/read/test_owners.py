"""Who owns a file, by GitHub's rules."""

from __future__ import annotations

import pytest

from mergegate.read.owners import owners_of

TEXT = """\
# everything
*               @all
*.js            @js @web # scripts
/gate.yaml      @policy
/.github/       @ci
docs/*          @docs
apps/           @apps
/src/**/keys    @keys
**/logs         @logs
/unowned.txt
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", "@all"),
        ("a/b.js", "@js @web"),
        ("gate.yaml", "@policy"),
        ("sub/gate.yaml", "@all"),
        (".github/workflows/judge.yml", "@ci"),
        ("docs/page.md", "@docs"),
        ("docs/deep/page.md", "@all"),
        ("x/apps/y.py", "@apps"),
        ("src/a/b/keys", "@keys"),
        ("src/keys/one", "@keys"),
        ("deep/logs/today", "@logs"),
        ("unowned.txt", None),
    ],
)
def test_the_last_pattern_that_fits_names_the_owners(path: str, owners: str | None) -> None:
    assert owners_of(TEXT, [path]).get(path) == owners
