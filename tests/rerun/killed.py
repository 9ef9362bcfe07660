"""Runs or publishes in a process of its own that kills itself at its n-th operation, or counts its operations.

python -m tests.rerun.killed run|publish ROOT N      N = 0 only counts, and prints the count
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

COUNTED = {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.link", "subprocess.Popen", "shutil.copyfile"}


def main() -> None:
    what, root, at = sys.argv[1], str(Path(sys.argv[2]).resolve()), int(sys.argv[3])
    count = 0

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal count
        if event not in COUNTED or not any(root.rsplit("/", 1)[0] in str(arg) for arg in args):
            return
        if event == "open" and not (isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    # A shell that runs the tests in the background has it ignored, and so would this process.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from mergegate.rerun.publish import publish
    from mergegate.rerun.run import run

    sys.addaudithook(hook)
    if what == "run":
        run(Path(root))
    else:
        publish(Path(root))
    print(count)


if __name__ == "__main__":
    main()
