"""What the services are told: nothing listens beyond this machine, and nothing is made by a mistyped name."""

import json
import re
from pathlib import Path

import pytest

from deploy.embedded.elasticsearch_config import elasticsearch_yml
from deploy.embedded.home import Home
from deploy.embedded.kafka_config import kafka_properties
from deploy.embedded.services import PORTS, Service, choose_ports, endpoints_at, lay_out
from deploy.installation.artifacts import Installed
from deploy.installation.java import Java
from schemas.errors import Configuration

NUMBERS = dict(zip(PORTS, (1001, 1002, 1003, 1004, 1005), strict=True))


@pytest.fixture
def laid_out(tmp_path: Path) -> dict[str, Service]:
    """The services of a home, with stand-ins for what is installed."""
    home = Home(tmp_path / "a home", tmp_path / "a home" / "elasticsearch", None)
    home.create()
    for part in ("kafka", "registry", "elasticsearch/config/jvm.options.d"):
        (tmp_path / "installed" / part).mkdir(parents=True)
    (tmp_path / "installed/registry/app-runner.jar").write_text("")
    installed = Installed(*(tmp_path / "installed" / part for part in ("kafka", "registry", "elasticsearch")))
    java = Java(Path("/jdk/bin/java"), Path("/jdk"), 25)
    return {service.name: service for service in lay_out(home, installed, java, NUMBERS)}


def _rows(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_kafka_is_one_loopback_broker_that_makes_no_topics_by_itself() -> None:
    rows = _rows(kafka_properties(Path("/d"), NUMBERS))
    assert rows["auto.create.topics.enable"] == "false"
    assert rows["listeners"] == "BROKER://127.0.0.1:1001,CONTROLLER://127.0.0.1:1002"
    assert rows["controller.quorum.voters"] == "1@127.0.0.1:1002"
    assert rows["offsets.topic.replication.factor"] == rows["transaction.state.log.replication.factor"] == "1"
    assert rows["transaction.state.log.min.isr"] == "1"
    assert rows["offsets.topic.num.partitions"] == rows["transaction.state.log.num.partitions"] == "8"
    assert rows["group.initial.rebalance.delay.ms"] == "0"


@pytest.mark.parametrize("path", ["/a,b", "/a\\b", "/a\nb"])
def test_a_path_that_kafka_would_read_otherwise_is_refused(path: str) -> None:
    with pytest.raises(Configuration, match="comma or backslash"):
        kafka_properties(Path(path), NUMBERS)


def test_elasticsearch_is_one_loopback_node_that_makes_no_index_by_itself() -> None:
    rows = dict(line.split(": ", 1) for line in elasticsearch_yml(Path("/d"), 1004, 1005).splitlines())
    values = {key: json.loads(value) for key, value in rows.items()}
    assert values["network.host"] == "127.0.0.1"
    assert (values["http.port"], values["transport.port"]) == (1004, 1005)
    assert values["discovery.type"] == "single-node"
    assert values["action.auto_create_index"] is False
    assert values["xpack.security.enabled"] is values["xpack.security.autoconfiguration.enabled"] is False
    assert (values["path.data"], values["path.logs"]) == ("/d/data", "/d/logs")


def test_every_address_in_configuration_and_commands_is_loopback(laid_out: dict[str, Service]) -> None:
    texts = [" ".join(service.command) for service in laid_out.values()]
    texts += [file.read_text() for file in laid_out["kafka"].folder.glob("*.properties")]
    found = re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", "\n".join(texts))
    assert set(found) == {"127.0.0.1"}
    assert "-Dquarkus.http.host=127.0.0.1" in laid_out["registry"].command


def test_the_registry_keeps_its_schemas_on_disk(laid_out: dict[str, Service]) -> None:
    service = laid_out["registry"]
    assert f"-Dquarkus.datasource.jdbc.url=jdbc:h2:file:{service.data}/schemas" in service.command


def test_no_service_ends_by_itself_because_a_starved_start_takes_minutes(laid_out: dict[str, Service]) -> None:
    """Seen at a fourteenth of a processor: the registry ended after 5 s without its own database."""
    assert "-Dquarkus.datasource.jdbc.acquisition-timeout=PT15M" in laid_out["registry"].command
    (properties,) = laid_out["kafka"].folder.glob("*.properties")
    assert "initial.broker.registration.timeout.ms=900000" in properties.read_text()


def test_kafka_is_formatted_before_its_first_start_only(laid_out: dict[str, Service]) -> None:
    script = laid_out["kafka"].command[-1]
    check, run = script.splitlines()
    assert check.startswith(f"[ -f '{laid_out['kafka'].data}/meta.properties' ] || ")
    assert "kafka.tools.StorageTool format" in check
    assert run.startswith("exec ")
    assert "-Xmx768m" in run


def test_services_see_nothing_of_the_callers_environment(laid_out: dict[str, Service]) -> None:
    own = {"PATH", "LANG", "TZ", "HOME"}
    assert set(laid_out["kafka"].environment) == set(laid_out["registry"].environment) == own
    extra = {"ES_JAVA_HOME", "ES_PATH_CONF", "ES_TMPDIR", "CLI_JAVA_OPTS"}
    assert set(laid_out["elasticsearch"].environment) == own | extra
    assert laid_out["elasticsearch"].environment["ES_JAVA_HOME"] == "/jdk"


def test_elasticsearchs_configuration_is_made_again_each_time(tmp_path: Path, laid_out: dict[str, Service]) -> None:
    config = Path(laid_out["elasticsearch"].environment["ES_PATH_CONF"])
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (config / "elasticsearch.yml").unlink()
    (config / "elasticsearch.yml").symlink_to(victim)
    home = Home(tmp_path / "a home", tmp_path / "a home" / "elasticsearch", None)
    installed = Installed(*(tmp_path / "installed" / part for part in ("kafka", "registry", "elasticsearch")))
    lay_out(home, installed, Java(Path("/jdk/bin/java"), Path("/jdk"), 25), NUMBERS)
    assert victim.read_text() == "untouched"
    assert "single-node" in (config / "elasticsearch.yml").read_text()
    assert "-Xmx1g" in (config / "jvm.options.d/interagency.options").read_text()
    assert "-HeapDumpOnOutOfMemoryError" in (config / "jvm.options.d/interagency.options").read_text()


def test_ports_are_written_down_and_kept(tmp_path: Path) -> None:
    home = Home(tmp_path / "h", tmp_path / "h" / "elasticsearch", None)
    home.create()
    assert choose_ports(home) == choose_ports(home)
    home.ports_file.write_text("not json")
    assert set(choose_ports(home)) == set(PORTS)


def test_endpoints_have_no_trailing_slash() -> None:
    found = endpoints_at(NUMBERS)
    assert (found.kafka, found.registry, found.elasticsearch) == (
        "127.0.0.1:1001",
        "http://127.0.0.1:1003",
        "http://127.0.0.1:1004",
    )


def test_no_cluster_id_reads_as_an_option() -> None:
    from deploy.embedded.services import cluster_id

    assert not [made for made in (cluster_id() for _ in range(2000)) if made.startswith("-") or len(made) != 22]
