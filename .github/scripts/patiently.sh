#!/usr/bin/env bash
# patiently.sh COMMAND...: up to three tries of two minutes each, for commands that may be repeated.
# CML itself neither repeats what failed with a 5xx nor gives up on a server that hangs.
set -euo pipefail

for wait in 0 "${PATIENTLY_WAIT:-10}" "${PATIENTLY_WAIT:-40}"; do
  sleep "$wait"
  if timeout --kill-after=10 "${PATIENTLY_LIMIT:-120}" "$@"; then
    exit 0
  fi
  echo "$1 failed" >&2
done
exit 1
