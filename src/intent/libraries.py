"""Which library versions make a model: copied from the lock, so that a linter's upgrade retrains nothing.

python -m intent.libraries

rewrites requirements/intent-libraries.txt, on which the stages that fit or apply the model depend.
"""

from __future__ import annotations

from pathlib import Path

from intent.faults import StageError, run_stage

LIBRARIES = ("numpy", "scikit-learn", "scipy")
LOCK = Path("requirements/pipelines.txt")
COPY = Path("requirements/intent-libraries.txt")


def locked(lock: str) -> str:
    """The lines of `lock` that pin a library of the model, without hashes; one line per Python where they differ."""
    pins = [line.removesuffix("\\").strip() for line in lock.splitlines() if line.split("==")[0] in LIBRARIES]
    missing = set(LIBRARIES) - {pin.split("==")[0] for pin in pins}
    if missing:
        raise StageError(f"the lock does not pin {', '.join(sorted(missing))}", where=LOCK, do="make lock")
    return "".join(f"{pin}\n" for pin in sorted(pins))


def main() -> None:
    """Rewrite the copy from the lock."""
    COPY.write_text(locked(LOCK.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    run_stage(main)
