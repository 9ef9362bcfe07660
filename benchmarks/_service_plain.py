"""What the service is compared with: plain FastAPI with scikit-learn's vectoriser, and one that does nothing.

python -m benchmarks._service_plain plain|no-op models/intent/model.npz
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Asked(BaseModel):
    """The same question as the service's."""

    utterance: str
    language: str
    area: str = "any"
    domain: str = "any"


class Answer(BaseModel):
    """An intent and its probability."""

    intent: str
    score: float


def plain(path: Path) -> FastAPI:
    """As most would write it: the pipeline's own vectoriser and model, called with one row."""
    import numpy as np
    from sklearn.feature_extraction.text import HashingVectorizer

    from intent import features, model

    app, fitted = FastAPI(), model.load(path)
    hashing = HashingVectorizer(
        analyzer=lambda row: features.named_features(row, fitted.features), n_features=1 << fitted.features.bits,
        alternate_sign=False, dtype=np.float32,
    )  # fmt: skip

    @app.post("/v1/intent")
    async def intent(asked: Asked) -> Answer:
        names, scores = fitted.answer(hashing.transform([tuple(asked.model_dump().values())]))
        return Answer(intent=names[0], score=round(float(scores[0]), 6))

    return app


def no_op(_: Path) -> FastAPI:
    """The same application without a model: what the framework alone costs."""
    app = FastAPI()

    @app.post("/v1/intent")
    async def intent(asked: Asked) -> Answer:
        return Answer(intent=asked.language, score=1.0)

    return app


def main() -> None:
    """Serve one of them on a free port, which is said as the service says it."""
    app = {"plain": plain, "no-op": no_op}[sys.argv[1]](Path(sys.argv[2]))
    config = uvicorn.Config(app, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f'{{"event":"listening","address":"http://127.0.0.1:{listener.getsockname()[1]}"}}', flush=True)
        server.run(sockets=[listener])


if __name__ == "__main__":
    main()
