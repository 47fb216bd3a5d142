"""Write `artifacts.toml` anew: resolve each service's files once, with size and SHA-256 of every file.

For maintainers, after raising a version below: `python -m deploy.installation.repin`. Users' machines never
resolve anything.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.env import EnvironmentBuilder
from jgo.maven import MavenContext

from deploy.installation.pins import PINS

KAFKA = "4.3.0"
# without a binding of slf4j 1.7 the broker's start errors, such as "port in use", print nothing
SLF4J = "1.7.36"
APICURIO = "2.6.13.Final"
ELASTICSEARCH = "9.5.0"

_HEADER = """\
# The services' files, each with its size in bytes and SHA-256. Written by `python -m deploy.installation.repin`.
"""


def _row(coordinate: str, file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f'  {{ coordinate = "{coordinate}", size = {file.stat().st_size}, sha256 = "{digest}" }},'


def _table(part: str, version: str, rows: list[str]) -> str:
    return "\n".join([f"\n[{part}]", f'version = "{version}"', "files = [", *rows, "]", ""])


def _kafka(context: MavenContext, folder: Path) -> list[str]:
    builder = EnvironmentBuilder(context, cache_dir=folder)
    jars = builder.from_endpoint(f"org.apache.kafka:kafka_2.13:{KAFKA}+org.slf4j:slf4j-simple:{SLF4J}").all_jars
    rows = []
    for jar in {Path(jar).name for jar in jars}:
        (file,) = context.repo_cache.rglob(jar)
        *group, artifact, version = file.relative_to(context.repo_cache).parts[:-1]
        rows.append(_row(f"{'.'.join(group)}:{artifact}:{version}", file))
    return sorted(rows)


def resolve() -> str:
    """Return the text of `artifacts.toml` for the versions above; download everything into a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder) / "repository")
        registry = context.project("io.apicurio", "apicurio-registry-app").at_version(APICURIO)
        registry_file = registry.artifact(classifier="all", packaging="tar.gz").resolve()
        search = context.project("org.elasticsearch.distribution.integ-test-zip", "elasticsearch")
        search_file = search.at_version(ELASTICSEARCH).artifact(packaging="zip").resolve()
        return _HEADER + "".join(
            [
                _table("kafka", KAFKA, _kafka(context, Path(folder) / "environment")),
                _table(
                    "registry",
                    APICURIO,
                    [_row(f"io.apicurio:apicurio-registry-app:{APICURIO}:all:tar.gz", registry_file)],
                ),
                _table(
                    "elasticsearch",
                    ELASTICSEARCH,
                    [_row(f"{search.groupId}:{search.artifactId}:{ELASTICSEARCH}::zip", search_file)],
                ),
            ]
        )


if __name__ == "__main__":
    PINS.write_text(resolve())
    sys.stderr.write(f"wrote {PINS}\n")
