"""`python -m sinks`: one index worker in the foreground, until SIGTERM."""

import sys

from schemas.errors import PipelineError
from schemas.runtime import telemetry
from schemas.runtime.settings import Settings, endpoints
from sinks.indexing.worker import main

if __name__ == "__main__":
    settings = Settings()
    telemetry.configure_logging("index", settings.log_level, settings.log_format, settings.strict_events)
    try:
        services = endpoints(settings)
    except PipelineError as exc:
        print(exc, file=sys.stderr)  # noqa: T201
        sys.exit(exc.exit_code)
    sys.exit(main(settings, services))
