#!/usr/bin/env bash
# Commits the records of the versions that were just registered (metrics/releases) on top of what was registered: from
# then on a tag that says otherwise is refused. Where main has moved on, or rules forbid the push, leaves a branch.
set -euo pipefail

"$(dirname "$0")/git_as_bot.sh"

if [ ! -d metrics/releases ]; then
  echo "nothing was registered"
  exit 0
fi
git add -- metrics/releases
if git diff --cached --quiet; then
  echo "nothing was registered"
  exit 0
fi
registered="$(git rev-parse HEAD)"
git commit --quiet -m "Record the versions that main registered" \
  -m "What the tags at $registered say of code, data, params, libraries, metrics and verdict, and their model cards."

tip="$(git ls-remote origin "refs/heads/$BRANCH" | cut -f1)"
if [ "$tip" = "$registered" ] && git push --quiet origin "HEAD:refs/heads/$BRANCH"; then
  echo "pushed to $BRANCH"
else
  git push --quiet --force origin HEAD:refs/heads/mergegate/records
  echo "::warning::$BRANCH has moved on, or may not be pushed to: open a pull request from the branch" \
    "mergegate/records, $GITHUB_SERVER_URL/$GITHUB_REPOSITORY/compare/$BRANCH...mergegate/records?expand=1"
fi
