#!/usr/bin/env bash
# Compiles requirements/*.txt: for every platform and Python 3.11 to 3.13, with hashes, without addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { # compile OUT ARGS...
  local out=$1
  shift
  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
    --custom-compile-command "make lock" --output-file "requirements/$out" "$@"
}
echo "uv==0.13.9" >requirements/bootstrap.in
compile bootstrap.txt requirements/bootstrap.in
printf 'hatchling>=1.27\neditables>=0.5\n' >requirements/build.in
compile dev.txt pyproject.toml requirements/build.in --extra s3 --extra ssh --extra pipelines --extra service --extra plots --group dev
compile pipelines.txt pyproject.toml requirements/build.in --extra pipelines --extra s3 --extra service --extra plots -c requirements/dev.txt
PYTHONPATH=src python -m intent.libraries
PYTHONPATH=src python -m intent.release
PYTHONPATH=src python -m loan.libraries
compile spark.txt pyproject.toml requirements/build.in --extra s3 --extra ssh --extra pipelines --extra service --extra plots --extra spark --group dev \
  -c requirements/dev.txt
