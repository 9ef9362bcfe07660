"""Serve the released models: `python -m service --stage prod`. See docs/service.md."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Read the options and serve until told to stop."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no product here is large enough for two threads
    sys.setswitchinterval(0.001)  # while a new version is proven on its thread, questions wait no longer than this
    from service.server import Server
    from service.settings import from_arguments

    Server(from_arguments(sys.argv[1:])).run()


if __name__ == "__main__":
    main()
