"""Write the service's schema to bot/contract/openapi.json, against which the bot is built and tested.

    python scripts/export_contract.py

It is what `GET /openapi.json` answers before a card is served: an applicant's columns belong to the card, which
retraining may change, and not to the contract.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from service import schema
from service.app import make
from service.board import Board
from service.telemetry import Telemetry

CONTRACT = Path(__file__).resolve().parent.parent / "bot/contract/openapi.json"


def contract() -> dict[str, Any]:
    """The OpenAPI document of a service that serves nothing yet."""
    board = Board()
    return schema.of(make(board, Telemetry(board, int)), board)


def text() -> str:
    """The bytes of the file."""
    return json.dumps(contract(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write it."""
    CONTRACT.write_text(text(), encoding="utf-8", newline="\n")
    print(f"· {CONTRACT} written")


if __name__ == "__main__":
    main()
