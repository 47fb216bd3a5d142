"""Settings of every command: environment variables with the prefix `INTERAGENCY_`, read once by the shell.

Services are found in the environment first; else in `endpoints.json` of the home, which `up` and `demo` write.
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
    """Where the three services listen: `kafka` as host:port, the two others as URLs without a trailing slash."""

    kafka: str
    registry: str
    elasticsearch: str

    def write(self, path: Path) -> None:
        """Write these endpoints to `path`, whole or not at all."""
        staged = path.with_suffix(".tmp")
        staged.write_text(json.dumps(asdict(self), indent=2) + "\n")
        staged.replace(path)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("a URL such as http://127.0.0.1:9200")
    return text


def _role(text: str) -> str:
    if not text.isprintable() or len(text) > _LONGEST_ROLE:
        raise ValueError("the name of a role in an agreement")
    return text


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a deployment decides; every field is documented in the README. Raises: Configuration naming the variable."""

    home: Path = setting(
        "INTERAGENCY_HOME",
        Path,
        lambda: user_data_path("interagency"),
        "all state: services' data, endpoints.json, spools, secrets, workers' state",
    )
    cache: Path = setting(
        "INTERAGENCY_CACHE",
        Path,
        lambda: user_cache_path("interagency"),
        "downloaded services, verified by SHA-256",
    )
    java: Path | None = setting("INTERAGENCY_JAVA", Path, lambda: None, "a Java 21+ to use before JAVA_HOME and PATH")
    kafka: str | None = setting("INTERAGENCY_KAFKA", str, lambda: None, "host:port of a Kafka that is not ours")
    registry: str | None = setting(
        "INTERAGENCY_REGISTRY", _url, lambda: None, "URL of a registry with Confluent's API that is not ours"
    )
    elasticsearch: str | None = setting(
        "INTERAGENCY_ELASTICSEARCH", _url, lambda: None, "URL of an Elasticsearch that is not ours"
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
        "seconds a report may wait for Kafka before it is spooled",
    )
    role: str = setting(
        "INTERAGENCY_ROLE", _role, lambda: "", "role of an agreement in which this desk reads and decides"
    )
    generation: int = setting(
        "INTERAGENCY_GENERATION",
        whole_number(1, 9_999_999),
        lambda: 1,
        "one higher at each rebuild; part of topic and index names",
    )

    @property
    def external(self) -> bool:
        """True when the environment names the services, so that nothing embedded is started."""
        return any((self.kafka, self.registry, self.elasticsearch))

    @property
    def endpoints_file(self) -> Path:
        """Where the running embedded services are written down."""
        return self.home / "endpoints.json"


def endpoints(settings: Settings) -> Endpoints:
    """Tell where the services are.

    Raises: Configuration when the environment names only some of them or the file is broken; Transient when it names
    none and no embedded services run.
    """
    if settings.external:
        named = {"kafka": settings.kafka, "registry": settings.registry, "elasticsearch": settings.elasticsearch}
        missing = [f"INTERAGENCY_{name.upper()}" for name, value in named.items() if not value]
        if missing:
            raise Configuration(f"name all three services or none: {', '.join(missing)} not set")
        return Endpoints(**{name: str(value).rstrip("/") for name, value in named.items()})
    try:
        return Endpoints(**json.loads(settings.endpoints_file.read_text()))
    except FileNotFoundError as exc:
        raise Transient(f"no services run for {settings.home}: start them with `interagency up`") from exc
    except (ValueError, TypeError) as exc:
        raise Configuration(f"{settings.endpoints_file} is not readable: {exc}") from exc
