"""Elasticsearch's configuration folder, which its own user owns."""

import json
import shutil
from pathlib import Path

from deploy.embedded.home import Home
from deploy.embedded.ports import LOOPBACK
from deploy.installation.os_user import change_owner

_JVM_OPTIONS = """\
-Xms1g
-Xmx1g
# measured cold, which is how an embedded service is used: up in 13.6 s instead of 17.3, 94 us a document instead of 118
# for the first 170,000; only then the second compiler would win (66 against 45)
-XX:TieredStopAtLevel=1
# touching the whole heap at the start takes memory that small homes never use
-XX:-AlwaysPreTouch
# a heap dump would hold reports
-XX:-HeapDumpOnOutOfMemoryError
-Xlog:disable
-Xlog:all=warning:stderr:utctime,level,tags
"""

_LOGGING = """\
status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %marker%m%n%throwable
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


def elasticsearch_yml(folder: Path, http_port: int, transport_port: int) -> str:
    """Return `elasticsearch.yml` of a single node without security, on these two ports of the loopback address."""
    rows = {
        "cluster.name": "interagency",
        "node.name": "one",
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        "network.host": LOOPBACK,
        "http.port": http_port,
        "transport.port": transport_port,
        "discovery.type": "single-node",
        "xpack.security.enabled": False,
        # else its start fails: this distribution lacks what the automatic setup needs
        "xpack.security.autoconfiguration.enabled": False,
        # else a mistyped name would create an index with a guessed mapping
        "action.auto_create_index": False,
        # else a disk that is 95 % full, as on build machines, makes every index read-only, however many
        # gigabytes are left; `doctor` checks the space itself
        "cluster.routing.allocation.disk.threshold_enabled": False,
    }
    # a JSON value is a YAML value, whatever characters a path has
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in rows.items())


def lay_out_elasticsearch(home: Home, installed: Path, http_port: int, transport_port: int) -> Path:
    """Write the configuration for these two ports anew; return the data folder.

    The configuration folder changes owner last and is created anew each time, never written into: a process of the
    other user could have put a symbolic link there, which root would follow.
    """
    folder = home.elasticsearch
    config, data, logs, temporary = (folder / name for name in ("config", "data", "logs", "tmp"))
    for stale in (config, temporary):
        if stale.exists():
            shutil.rmtree(stale)
    shutil.copytree(installed / "config", config)
    (config / "elasticsearch.yml").write_text(elasticsearch_yml(folder, http_port, transport_port))
    (config / "log4j2.properties").write_text(_LOGGING)
    (config / "jvm.options.d" / "interagency.options").write_text(_JVM_OPTIONS)
    for owned in (data, logs, temporary):
        owned.mkdir(exist_ok=True)
    for owned in (config, data, logs, temporary):
        change_owner(owned, home.uid)
        owned.chmod(0o700)
    return data
