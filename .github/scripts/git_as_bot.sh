#!/usr/bin/env bash
# Lets git push as the workflow: by the name of its bot, with the token in GITHUB_TOKEN.
set -euo pipefail

# The token travels in the environment only: it is on no command line and in no file.
# shellcheck disable=SC2016  # git's shell expands it, when it asks
git config --local credential.helper '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'
git config --local user.name "github-actions[bot]"
git config --local user.email "41898282+github-actions[bot]@users.noreply.github.com"
