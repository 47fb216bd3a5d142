"""The registered log events and the keys each may carry: ids, counts and seconds, never a value of a person."""

_SERVICE = frozenset({"service", "pid", "port", "seconds", "code", "path"})

EVENTS: dict[str, frozenset[str]] = {
    # embedded services
    "service_starting": _SERVICE,
    "service_ready": _SERVICE,
    "service_died": _SERVICE,
    "service_stopped": _SERVICE,
    "supervisor_failed": frozenset({"error"}),
}
