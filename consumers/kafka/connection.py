"""Say how a cluster is reached and how its clients are set up, every dangerous default spelt."""

import ipaddress
from dataclasses import dataclass
from typing import Any, Final

from consumers.kafka.ports import UnsafeConnection

POLL_RECORDS_MAX: Final = 500
PRODUCE_BYTES_MAX: Final = 4 * 1024 * 1024
BLOCK_MS: Final = 10_000
RECONNECT_MS: Final = 1_000
"""The library would let up to half a minute pass before it tries a broker that is back."""


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a cluster. PLAINTEXT is for loopback only."""

    bootstrap: str
    security_protocol: str = "SASL_SSL"
    sasl_mechanism: str = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = None
    ssl_cafile: str | None = None

    def options(self) -> dict[str, Any]:
        """Return the options of every client; raises UnsafeConnection."""
        servers = [server.strip() for server in self.bootstrap.split(",") if server.strip()]
        if not self.security_protocol.endswith("SSL"):
            for server in servers:
                if not _on_loopback(server):
                    msg = f"{self.security_protocol} to {server}: unencrypted is for loopback only"
                    raise UnsafeConnection(msg)
        sasl = self.security_protocol.startswith("SASL")
        return {
            "bootstrap_servers": servers,
            "client_id": "takt",
            "security_protocol": self.security_protocol,
            "ssl_check_hostname": True,
            "ssl_cafile": self.ssl_cafile,
            "sasl_mechanism": self.sasl_mechanism if sasl else None,
            "sasl_plain_username": self.username if sasl else None,
            "sasl_plain_password": self.password if sasl else None,
            "bootstrap_timeout_ms": BLOCK_MS,
            "reconnect_backoff_max_ms": RECONNECT_MS,
        }


def _on_loopback(server: str) -> bool:
    host = server.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def consumer_options(connection: Connection, group: str | None) -> dict[str, Any]:
    """Return the options of a consumer: where the library's defaults lose records, ours do not."""
    return {
        **connection.options(),
        "group_id": group,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "allow_auto_create_topics": False,
        "key_deserializer": None,
        "value_deserializer": None,
        "check_crcs": True,
        "max_poll_records": POLL_RECORDS_MAX,
    }


def producer_options(connection: Connection) -> dict[str, Any]:
    """Return the options of a producer: acknowledged by all replicas, never twice, in order."""
    return {
        **connection.options(),
        "acks": "all",
        "enable_idempotence": True,
        "allow_auto_create_topics": False,
        "key_serializer": None,
        "value_serializer": None,
        "max_request_size": PRODUCE_BYTES_MAX,
        "max_block_ms": BLOCK_MS,
        "linger_ms": 5,
        "batch_size": 64 * 1024,
    }
