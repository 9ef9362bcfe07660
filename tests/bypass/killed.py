"""Judges in a process of its own that kills itself at its n-th write, or counts its writes.

python -m tests.bypass.killed ROOT HEAD EVIDENCE OUT N      N = 0 only counts, and prints the count
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mergegate.cli.check import CheckOptions, check

WRITES = {"os.rename", "os.remove", "os.mkdir", "shutil.copyfile", "subprocess.Popen"}


def main() -> None:
    root, head, evidence, out, at = sys.argv[1:]
    count = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal count
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
        if event in WRITES or writes:
            count += 1
            if count == int(at):
                os.kill(os.getpid(), signal.SIGKILL)

    os.chdir(root)
    sys.addaudithook(hook)
    check(Path(root), CheckOptions("HEAD", head, Path(evidence), Path(out)))
    print(f"\n{count}")


if __name__ == "__main__":
    main()
