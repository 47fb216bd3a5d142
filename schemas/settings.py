"""Settings of every command: environment variables with the prefix `INTERAGENCY_`, read once by the shell.

Services are found in the environment first; else in `endpoints.json` of the home, which `up` and `demo` write.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import Configuration, Transient


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


class Settings(BaseSettings):
    """What a deployment decides; every field is documented in the README and by `doctor`."""

    model_config = SettingsConfigDict(env_prefix="INTERAGENCY_", frozen=True, extra="ignore")

    home: Path = Field(
        default_factory=lambda: user_data_path("interagency"),
        description="all state: services' data, endpoints.json, spools, secrets, workers' state",
    )
    cache: Path = Field(
        default_factory=lambda: user_cache_path("interagency"),
        description="downloaded services, verified by SHA-256",
    )
    java: Path | None = Field(default=None, description="a Java 21+ to use before JAVA_HOME and PATH")
    kafka: str | None = Field(default=None, description="host:port of a Kafka that is not ours")
    registry: str | None = Field(default=None, description="URL of a registry with Confluent's API that is not ours")
    elasticsearch: str | None = Field(default=None, description="URL of an Elasticsearch that is not ours")
    log_level: str = Field(default="info", description="debug, info, warning or error")
    log_format: str = Field(default="auto", description="json, console, or auto: console on a terminal")
    strict_events: bool = Field(default=False, description="an unregistered log event raises (the tests set this)")
    delivery_timeout_s: float = Field(
        default=10.0, gt=0, description="seconds a report may wait for Kafka before it is spooled"
    )
    role: str = Field(default="", description="role of an agreement in which this desk reads and decides")
    generation: int = Field(default=1, ge=1, description="one higher at each rebuild; part of topic and index names")

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
