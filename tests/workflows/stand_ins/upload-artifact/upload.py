"""Copy what the paths name into `$STAND_IN_ARTIFACTS/<run>/<name>`, as upload-artifact would lay it out."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def visible_files(path: Path) -> list[Path]:
    """The files at or below `path` that are not hidden; links count as what they point to."""
    if path.is_file():
        return [path]
    found = (Path(folder) / name for folder, _, names in os.walk(path, followlinks=True) for name in names)
    return sorted(file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts))


def main() -> int:
    """Several paths keep their least common folder; a single folder is the root itself."""
    wanted = [Path(line.strip()) for line in os.environ["ARTIFACT_PATHS"].splitlines() if line.strip()]
    files = [file for path in wanted for file in visible_files(path)]
    if not files:
        sys.stdout.write(f"::warning::No files were found with the provided path: {wanted}\n")
        return int(os.environ["IF_NONE"] == "error")
    single = len(wanted) == 1 and wanted[0].is_dir()
    root = wanted[0] if single else Path(os.path.commonpath([file.absolute().parent for file in files]))
    target = Path(os.environ["STAND_IN_ARTIFACTS"]) / os.environ["GITHUB_RUN_ID"] / os.environ["ARTIFACT_NAME"]
    if target.exists():
        sys.stdout.write("::error::an artefact with this name already exists on the workflow run\n")
        return 1
    for file in files:
        copy = target / file.absolute().relative_to(root.absolute())
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    repository = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    run = f"{repository}/actions/runs/{os.environ['GITHUB_RUN_ID']}"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"artifact-url={run}/artifacts/4711\n")
    sys.stdout.write(f"{len(files)} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
