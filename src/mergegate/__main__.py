"""Starts the command; the only place where an error becomes an exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import NoReturn

from mergegate.errors import Exit, MergegateError


def main() -> NoReturn:
    """Run the command line and leave with its exit code; no error leaves as a verdict or as a traceback."""
    os.environ.setdefault("DVC_NO_ANALYTICS", "1")
    try:
        from mergegate.cli.app import app

        app(standalone_mode=True)
    except MergegateError as error:
        _tell(error)
        sys.exit(error.code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.SURROUNDINGS)
    except Exception as error:
        if os.environ.get("MERGEGATE_DEBUG"):
            traceback.print_exc()
        where = traceback.extract_tb(error.__traceback__)[-1]
        _tell(
            MergegateError(
                f"mergegate itself failed: {type(error).__name__}: {str(error)[:500]}",
                where=f"{where.filename}:{where.lineno}",
                do="please report it, with the output of the same command under MERGEGATE_DEBUG=1",
            )
        )
        sys.exit(Exit.SURROUNDINGS)
    sys.exit(Exit.FINE)


def _tell(error: MergegateError) -> None:
    if "--json" in sys.argv:
        print(json.dumps({"error": {"what": error.what, "where": error.where, "do": error.do, "code": error.code}}))
    else:
        from mergegate.report.escape import clean

        # What went wrong may quote a file of the pull request: its control sequences are told, not sent to a terminal.
        print("mergegate: " + "\n".join(clean(line) for line in str(error).split("\n")), file=sys.stderr)


if __name__ == "__main__":
    main()
