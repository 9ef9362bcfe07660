"""Which release the sentences are drawn from: copied from the lock, so that a linter's upgrade draws nothing anew.

python -m intent.release

rewrites requirements/intent-release.txt, on which the stage that draws sentences depends.
"""

from __future__ import annotations

from pathlib import Path

from intent.faults import StageError, run_stage

PACKAGES = ("hassil", "home-assistant-intents")
LOCK = Path("requirements/pipelines.txt")
COPY = Path("requirements/intent-release.txt")


def locked(lock: str) -> str:
    """The lines of `lock` that pin one of `PACKAGES`, without hashes."""
    pins = [line.removesuffix("\\").strip() for line in lock.splitlines() if line.split("==")[0] in PACKAGES]
    if {pin.split("==")[0] for pin in pins} != set(PACKAGES):
        raise StageError(f"the lock does not pin {' and '.join(PACKAGES)}", where=LOCK, do="make lock")
    return "".join(f"{pin}\n" for pin in sorted(pins))


def main() -> None:
    """Rewrite the copy from the lock."""
    COPY.write_text(locked(LOCK.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    run_stage(main)
