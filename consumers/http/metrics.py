"""Count what the HTTP edge does, for Prometheus to read."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

MEDIA_TYPE: Final = "text/plain; version=1.0.0; charset=utf-8"


class Metrics:
    """The edge's own registry: two apps in one process do not disturb each other."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "takt_http_requests_total",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "takt_http_request_seconds",
            "Seconds from the first byte of a request to the last of its answer.",
            ("route",),
            registry=self._registry,
        )
        self.streams = Gauge(
            "takt_http_streams", "Streams open to subscribers.", registry=self._registry
        )
        self.streams_dropped = Counter(
            "takt_http_streams_dropped_total",
            "Streams ended because their reader was too slow.",
            registry=self._registry,
        )
        self.head = Gauge("takt_log_head_position", "The log's head.", registry=self._registry)
        self.position = Gauge(
            "takt_projection_position",
            "The position up to which a projection is true.",
            ("projection",),
            registry=self._registry,
        )
        self.unread = Gauge(
            "takt_projection_lag_positions",
            "Positions between a projection and the log's head.",
            ("projection",),
            registry=self._registry,
        )
        self.oldest = Gauge(
            "takt_projection_oldest_unread_seconds",
            "Age of the oldest event that a projection has not read.",
            ("projection",),
            registry=self._registry,
        )
        self.stuck = Gauge(
            "takt_projection_stuck",
            "1 where a projection leaves events unread for longer than a burst explains.",
            ("projection",),
            registry=self._registry,
        )
        # Where Kafka feeds projections, a partition that stands still shows here and nowhere else.
        self.shard_unread = Gauge(
            "takt_shard_lag_positions",
            "Positions between one shard of a projection and the log's head.",
            ("projection", "shard"),
            registry=self._registry,
        )
        self.shard_oldest = Gauge(
            "takt_shard_oldest_unread_seconds",
            "Age of the oldest event that may be unread in a shard.",
            ("projection", "shard"),
            registry=self._registry,
        )
        self.shard_stuck = Gauge(
            "takt_shard_stuck",
            "1 where a shard leaves events unread for longer than a burst explains.",
            ("projection", "shard"),
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; an unknown method counts as OTHER, so that labels stay few."""
        known = method if method in {"GET", "HEAD", "POST", "OPTIONS"} else "OTHER"
        self._requests.labels(known, route, str(status)).inc()
        if route != "/v1/stream":
            self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Return every figure in Prometheus' text form."""
        return generate_latest(self._registry)
