"""The three services as data: configuration, command line, ports, and the probe that shows when each is ready."""

import base64
import json
import shlex
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.embedded.elasticsearch_config import lay_out_elasticsearch
from deploy.embedded.home import Home
from deploy.embedded.kafka_config import kafka_properties
from deploy.embedded.ports import LOOPBACK, choose
from deploy.embedded.probes import elasticsearch_answers, http_answers, kafka_answers
from deploy.installation.artifacts import Installed
from deploy.installation.java import Java
from schemas.runtime.settings import Endpoints

PORTS = ("kafka", "kafka_controller", "registry", "elasticsearch", "elasticsearch_transport")


@dataclass(frozen=True, slots=True)
class Service:
    """One service, ready to be started. `grace_s` is how many seconds it may take to end after TERM."""

    name: str
    command: list[str]
    environment: dict[str, str]
    folder: Path
    port: int
    data: Path
    log: Path
    answers: Callable[[], bool]
    grace_s: float
    uid: int | None = None


def choose_ports(home: Home) -> dict[str, int]:
    """Return a free port for each name, the last used one if possible, and save them.

    Raises: Configuration when none is free.
    """
    try:
        last = json.loads(home.ports_file.read_text())
    except (OSError, ValueError):
        last = {}
    ports = choose(PORTS, last)
    home.ports_file.write_text(json.dumps(ports) + "\n")
    return ports


def endpoints_at(ports: dict[str, int]) -> Endpoints:
    """Return the endpoints that clients use, by the port of each service."""
    return Endpoints(
        kafka=f"{LOOPBACK}:{ports['kafka']}",
        registry=f"http://{LOOPBACK}:{ports['registry']}",
        elasticsearch=f"http://{LOOPBACK}:{ports['elasticsearch']}",
    )


def lay_out(home: Home, installed: Installed, java: Java, ports: dict[str, int]) -> tuple[Service, ...]:
    """Write the configuration files for these ports; return the services in the order of their start."""
    # the slowest first
    return (
        _elasticsearch(home, installed.elasticsearch, java, ports),
        _kafka(home, installed.kafka, java, ports),
        _registry(home, installed.registry, java, ports),
    )


def _environment(home: Home) -> dict[str, str]:
    """Return an environment without the caller's variables: JAVA_TOOL_OPTIONS or QUARKUS_* would have effects."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(home.root / "tmp")}


def cluster_id() -> str:
    """Return an id for a new cluster, 22 characters, never beginning with '-', which would read as an option."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


def _kafka(home: Home, jars: Path, java: Java, ports: dict[str, int]) -> Service:
    folder = home.root / "kafka"
    data, properties = folder / "data", folder / "server.properties"
    properties.write_text(kafka_properties(data, ports))
    return Service(
        name="kafka",
        command=["/bin/sh", "-c", _kafka_script(home, jars, java, data, properties)],
        environment=_environment(home),
        folder=folder,
        port=ports["kafka"],
        data=data,
        log=home.log("kafka"),
        answers=partial(kafka_answers, ports["kafka"]),
        grace_s=20.0,
    )


def _kafka_script(home: Home, jars: Path, java: Java, data: Path, properties: Path) -> str:
    """Return the shell script that formats the data folder if it is new, and becomes Kafka."""
    program = [
        str(java.program),
        f"-Djava.io.tmpdir={home.root / 'tmp'}",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:TieredStopAtLevel=1",
        "-Xmx768m",
        "-cp",
        f"{jars}/*",
    ]
    form = [
        *program,
        "kafka.tools.StorageTool",
        "format",
        "--ignore-formatted",
        "-t",
        cluster_id(),
        "-c",
        str(properties),
    ]
    # formatted once, since the cluster's id is part of the data; exec, so that the pid is Kafka's own
    return (
        f"[ -f {shlex.quote(str(data / 'meta.properties'))} ] || {shlex.join(form)} || exit 1\n"
        f"exec {shlex.join([*program, 'kafka.Kafka', str(properties)])}"
    )


def _registry(home: Home, folder: Path, java: Java, ports: dict[str, int]) -> Service:
    data = home.root / "registry"
    (jar,) = folder.glob("*-runner.jar")
    return Service(
        name="registry",
        command=[
            str(java.program),
            f"-Djava.io.tmpdir={home.root / 'tmp'}",
            "-XX:+ExitOnOutOfMemoryError",
            "-Xmx256m",
            # starts a third sooner with it, and serves only a handful of requests
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            f"-Dquarkus.http.host={LOOPBACK}",
            f"-Dquarkus.http.port={ports['registry']}",
            "-Dquarkus.log.console.color=false",
            # without it the schemas are in memory, and the ids in old records are dangling after a restart
            f"-Dquarkus.datasource.jdbc.url=jdbc:h2:file:{data / 'schemas'}",
            # by default it exits when its own database, starved like itself, is not open within 5 s
            "-Dquarkus.datasource.jdbc.acquisition-timeout=PT15M",
            "-jar",
            str(jar),
        ],
        environment=_environment(home),
        folder=data,
        port=ports["registry"],
        data=data,
        log=home.log("registry"),
        answers=partial(http_answers, ports["registry"], "/health/ready"),
        grace_s=10.0,
    )


def _elasticsearch(home: Home, folder: Path, java: Java, ports: dict[str, int]) -> Service:
    data = lay_out_elasticsearch(home, folder, ports["elasticsearch"], ports["elasticsearch_transport"])
    environment = _environment(home) | {
        "HOME": str(home.elasticsearch / "tmp"),
        "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1",
        "ES_JAVA_HOME": str(java.home),
        "ES_PATH_CONF": str(home.elasticsearch / "config"),
        "ES_TMPDIR": str(home.elasticsearch / "tmp"),
    }
    return Service(
        name="elasticsearch",
        command=[str(folder / "bin/elasticsearch")],
        environment=environment,
        folder=home.elasticsearch,
        port=ports["elasticsearch"],
        data=data,
        log=home.log("elasticsearch"),
        answers=partial(elasticsearch_answers, ports["elasticsearch"]),
        grace_s=20.0,
        uid=home.uid,
    )
