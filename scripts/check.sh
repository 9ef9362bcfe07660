#!/usr/bin/env bash
# check.sh [--without-tests]: lint, types and fast tests. `make check` calls it with .venv/bin first on PATH.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
failed=()
step() { # step NAME COMMAND...
  local name=$1
  shift
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    echo "ok    $name"
  else
    echo "FAIL  $name: $*"
    sed 's/^/      /' "$log" | tail -60
    failed+=("$name")
  fi
  rm -f "$log"
}
export PYTHONPATH=src
unset PYTHONDONTWRITEBYTECODE # what a module compiles to is kept: the checks start hundreds of Pythons
(
  step ruff ruff check .
  step format ruff format --check .
  step imports lint-imports
  step deptry deptry src
  step codespell codespell
  step yamllint yamllint --strict .
  step actionlint actionlint
  step zizmor zizmor --offline --quiet --persona auditor .github
  step lint python -m mergegate lint
  step workflows check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
  step shellcheck shellcheck .ci/run scripts/*.sh .github/scripts/*.sh
  ((${#failed[@]} == 0))
) &
lint=$!
(
  step mypy mypy
  ((${#failed[@]} == 0))
) &
types=$!
# beside the tests, some of which wait for a clock or a server
[[ ${1:-} == --without-tests ]] ||
  step tests python -m pytest -q -x -m "not slow and not workflows and not s3 and not browser and not node" -n 2 --dist loadfile
wait "$lint" || failed+=(lint)
wait "$types" || failed+=(types)
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}"
  exit 1
fi
