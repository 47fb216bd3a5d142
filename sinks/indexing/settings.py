"""Settings of the sink alone: environment variables with the prefix `INTERAGENCY_INDEX_`."""

from dataclasses import dataclass

from schemas.runtime.environment import number, setting, whole_number


@dataclass(frozen=True, kw_only=True)
class IndexSettings:
    """How the sink reads, writes and creates indices; the defaults suit one node and a group of a few workers.

    Raises: Configuration, which names the variable.
    """

    shards: int = setting("INTERAGENCY_INDEX_SHARDS", whole_number(1), lambda: 1, "of indices created from now on")
    replicas: int = setting(
        "INTERAGENCY_INDEX_REPLICAS",
        whole_number(0),
        lambda: 0,
        "of indices created from now on; 1 or more on a real cluster",
    )
    poll_records: int = setting(
        "INTERAGENCY_INDEX_POLL_RECORDS",
        whole_number(1),
        lambda: 2000,
        "records polled at once: the documents of one bulk",
    )
    # Three kept Elasticsearch busy; six cost it a fifth more for the same rate (measured).
    in_flight: int = setting("INTERAGENCY_INDEX_IN_FLIGHT", whole_number(1), lambda: 3, "batches in flight at once")
    session_timeout_s: float = setting(
        "INTERAGENCY_INDEX_SESSION_TIMEOUT_S",
        number(6),
        lambda: 10.0,
        "a worker without a heartbeat for so long loses its partitions",
    )
    poll_interval_s: float = setting(
        "INTERAGENCY_INDEX_POLL_INTERVAL_S",
        number(1),
        lambda: 60.0,
        "a worker that does not poll so long loses them too",
    )
