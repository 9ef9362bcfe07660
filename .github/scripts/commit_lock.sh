#!/usr/bin/env bash
# commit_lock.sh [PATH...]
# Commits PATHs (dvc.lock, metrics/, criteria/) as they were reproduced, to the branch that they were reproduced from, while its
# tip is still the commit that was reproduced; its hash is the step output `commit`. Where rules forbid the push, leaves a
# branch to open a pull request from.
set -euo pipefail

"$(dirname "$0")/git_as_bot.sh"

stop_if_main_has_moved_on() {
  local tip
  tip="$(git ls-remote origin "refs/heads/$BRANCH" | cut -f1)"
  if [ "$tip" != "$GITHUB_SHA" ]; then
    echo "::notice::$BRANCH has moved on to $tip; the run for that commit takes over."
    exit 0
  fi
}

stop_if_main_has_moved_on
if [ "$#" -eq 0 ]; then set -- dvc.lock metrics criteria; fi
for path in "$@"; do
  if [ -e "$path" ]; then git add -- "$path"; fi
done
if git diff --cached --quiet; then
  echo "nothing to commit"
  exit 0
fi
git commit --quiet -m "Record what main reproduced" \
  -m "The merge $GITHUB_SHA left dvc.lock behind: this is the lock, with the metrics, that its run on main made."

if git push --quiet origin "HEAD:refs/heads/$BRANCH"; then
  echo "pushed to $BRANCH"
  echo "commit=$(git rev-parse HEAD)" >>"$GITHUB_OUTPUT"
else
  stop_if_main_has_moved_on
  git push --quiet --force origin HEAD:refs/heads/mergegate/lock
  # Opened by a person, a pull request starts its workflows; opened with this token it would not.
  echo "::warning::$BRANCH may not be pushed to: open a pull request from the branch mergegate/lock," \
    "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/compare/$BRANCH...mergegate/lock?expand=1"
fi
