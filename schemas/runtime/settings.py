"""Settings of every command: environment variables with the prefix `INTERAGENCY_`, read once by the shell.

Addresses of services come from the environment, else from `endpoints.json` in the home, which `up` and `demo` write.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path

from schemas.errors import Configuration, Transient
from schemas.runtime.environment import boolean, choice, number, setting, whole_number

_LONGEST_ROLE = 200


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of the three services: `kafka` as host:port, the others as URLs without a trailing slash."""

    kafka: str
    registry: str
    elasticsearch: str

    def write(self, path: Path) -> None:
        """Write these endpoints to `path` atomically."""
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(asdict(self), indent=2) + "\n")
        staged.replace(path)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ValueError("a URL such as http://127.0.0.1:9200")
    return text


def _role(text: str) -> str:
    if not text.isprintable() or len(text) > _LONGEST_ROLE:
        raise ValueError("the name of a role in an agreement")
    return text


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a deployment, each documented in the README. Raises: Configuration naming the variable."""

    home: Path = setting(
        "INTERAGENCY_HOME",
        Path,
        lambda: user_data_path("interagency"),
        "all state: the services' data, endpoints.json, spools, secrets, the workers' state",
    )
    cache: Path = setting(
        "INTERAGENCY_CACHE",
        Path,
        lambda: user_cache_path("interagency"),
        "downloaded services, verified by SHA-256",
    )
    java: Path | None = setting("INTERAGENCY_JAVA", Path, lambda: None, "Java 21+, preferred to JAVA_HOME and PATH")
    kafka: str | None = setting("INTERAGENCY_KAFKA", str, lambda: None, "host:port of an external Kafka")
    registry: str | None = setting(
        "INTERAGENCY_REGISTRY", _url, lambda: None, "URL of an external schema registry with Confluent's API"
    )
    elasticsearch: str | None = setting(
        "INTERAGENCY_ELASTICSEARCH", _url, lambda: None, "URL of an external Elasticsearch"
    )
    log_level: str = setting(
        "INTERAGENCY_LOG_LEVEL",
        choice("debug", "info", "warning", "error"),
        lambda: "info",
        "debug, info, warning or error",
    )
    log_format: str = setting(
        "INTERAGENCY_LOG_FORMAT",
        choice("json", "console", "auto"),
        lambda: "auto",
        "json, console, or auto: console on a terminal",
    )
    strict_events: bool = setting(
        "INTERAGENCY_STRICT_EVENTS", boolean, lambda: False, "an unregistered log event raises (the tests set this)"
    )
    delivery_timeout_s: float = setting(
        "INTERAGENCY_DELIVERY_TIMEOUT_S",
        number(0.001),
        lambda: 10.0,
        "seconds that a report may wait for Kafka before it is spooled",
    )
    role: str = setting(
        "INTERAGENCY_ROLE", _role, lambda: "", "role under an agreement in which this desk reads and adjudicates"
    )
    generation: int = setting(
        "INTERAGENCY_GENERATION",
        whole_number(1, 9_999_999),
        lambda: 1,
        "part of topic and index names; increased by one at each rebuild",
    )

    @property
    def external(self) -> bool:
        """Whether the environment names the services, so that no embedded ones are started."""
        return any((self.kafka, self.registry, self.elasticsearch))

    @property
    def endpoints_file(self) -> Path:
        """The file with the addresses of the running embedded services."""
        return self.home / "endpoints.json"


def endpoints(settings: Settings) -> Endpoints:
    """Return the addresses of the services.

    Raises: Configuration where the environment names only some of them or the file is invalid; Transient where it names
    none and no embedded services run.
    """
    if settings.external:
        named = {"kafka": settings.kafka, "registry": settings.registry, "elasticsearch": settings.elasticsearch}
        missing = [f"INTERAGENCY_{name.upper()}" for name, value in named.items() if not value]
        if missing:
            raise Configuration(f"set the addresses of all three services or of none: {', '.join(missing)} not set")
        return Endpoints(**{name: str(value).rstrip("/") for name, value in named.items()})
    try:
        return Endpoints(**json.loads(settings.endpoints_file.read_text()))
    except FileNotFoundError as exc:
        raise Transient(f"no services are running for {settings.home}: start them with `interagency up`") from exc
    except (ValueError, TypeError) as exc:
        raise Configuration(f"{settings.endpoints_file} is invalid: {exc}") from exc
