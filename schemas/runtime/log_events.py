"""The registered log events and the keys that each may carry: ids, counts and seconds, never personal data."""

_SERVICE = frozenset({"service", "pid", "port", "seconds", "code", "path"})

EVENTS: dict[str, frozenset[str]] = {
    # embedded services
    "service_starting": _SERVICE,
    "service_ready": _SERVICE,
    "service_died": _SERVICE,
    "service_stopped": _SERVICE,
    "service_stuck": frozenset({"service", "pid", "reason"}),
    "supervisor_failed": frozenset({"error"}),
    "service_trouble": frozenset({"service", "error", "attempt", "seconds"}),
    # the workers' processes
    "worker_process_started": frozenset({"stage", "pid"}),
    "worker_process_died": frozenset({"stage", "pid", "code"}),
    "worker_process_killed": frozenset({"pid"}),
    # streams
    "worker_started": frozenset({"stage", "group"}),
    "worker_failed": frozenset({"stage", "error"}),
    "worker_stuck": frozenset({"stage", "seconds", "how"}),
    "health_unknown": frozenset({"stage", "error"}),
    "stage_failed": frozenset({"stage", "error"}),
    "records_rejected": frozenset({"stage", "count", "reasons"}),
    "partition_fenced": frozenset({"stage", "partition"}),
    "state_ready": frozenset({"stage", "partition", "records", "seconds"}),
    "state_rebuilt": frozenset({"path", "error"}),
    "run_again": frozenset({"stage", "partition"}),
    "order_unreadable": frozenset({"topic", "offset"}),
    "agency_row_unreadable": frozenset({"topic", "offset", "reason"}),
    # sinks
    "index_trouble": frozenset({"error", "documents", "attempt", "seconds"}),
    "kafka_trouble": frozenset({"error", "attempt", "seconds"}),
    "clearing_trouble": frozenset({"error"}),
    "orders_cleared": frozenset({"count"}),
    "audience_hidden": frozenset({"audience"}),
    "audience_exposed": frozenset({"audience"}),
    "audiences_trouble": frozenset({"error", "attempt", "seconds"}),
    "partitions_assigned": frozenset({"partitions"}),
    "partitions_revoked": frozenset({"partitions"}),
    "commit_skipped": frozenset({"partitions"}),
}
