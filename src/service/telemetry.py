"""What the service counts, in the form that Prometheus collects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.board import Board

PATHS = (
    "/v1/intent", "/v1/intent/batch", "/v1/loan", "/v1/loan/batch",
    "/livez", "/readyz", "/version", "/metrics", "/openapi.json",
)  # fmt: skip
OTHER = "other"
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class _Standing(Collector):
    """The board, read when it is asked for."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Which versions are served, which newer ones are not, and whether all are ready."""
        versions = GaugeMetricFamily(
            "service_version_info", "The version that answers.", labels=["model", "version", "digest", "commit"]
        )
        for model, served in sorted(self.board.served.items()):
            found = served.version
            versions.add_metric([model, found.version, found.digest, found.commit], 1)
        refused = GaugeMetricFamily(
            "service_version_refused", "1 where a newer version could not be served.", labels=["model"]
        )
        for model in sorted({*self.board.served, *self.board.refused}):
            refused.add_metric([model], model in self.board.refused)
        yield versions
        yield refused
        yield GaugeMetricFamily("service_ready", "1 where /readyz says so.", value=self.board.ready)


class Telemetry:
    """The counters of one process."""

    def __init__(self, board: Board, in_hand: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        requests = Counter(
            "service_requests", "Requests by path and status.", ["path", "status"], registry=self.registry
        )
        seconds = Histogram(
            "service_request_seconds", "From the head of a request to the end of its answer.", ["path"],
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._requests = requests
        self._seconds = {path: seconds.labels(path) for path in (*PATHS, OTHER)}
        self._counted: dict[tuple[str, int], Counter] = {}
        self.swaps = Counter(
            "service_swaps", "Versions that were taken, or refused.", ["model", "outcome"], registry=self.registry
        )
        self.sampled = Counter("service_sampled", "Questions written to the shadow table.", registry=self.registry)
        Gauge("service_requests_in_hand", "Admitted and not yet answered.", registry=self.registry).set_function(
            in_hand
        )
        self.registry.register(_Standing(board))
        ProcessCollector(registry=self.registry)

    def answered(self, path: str, status: int, seconds: float) -> None:
        """Count one answer. Paths that are none of ours are one."""
        path = path if path in self._seconds else OTHER
        counted = self._counted.get((path, status))
        if counted is None:
            counted = self._counted[path, status] = self._requests.labels(path, str(status))
        counted.inc()
        self._seconds[path].observe(seconds)

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self.registry)
