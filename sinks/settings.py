"""Settings of the sink alone: environment variables with the prefix `INTERAGENCY_INDEX_`."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class IndexSettings(BaseSettings):
    """How the sink reads, writes and makes indices; the defaults suit one node and a group of a few workers."""

    model_config = SettingsConfigDict(env_prefix="INTERAGENCY_INDEX_", frozen=True, extra="ignore")

    shards: int = Field(default=1, ge=1, description="of indices made from now on")
    replicas: int = Field(default=0, ge=0, description="of indices made from now on; 1 or more on a real cluster")
    poll_records: int = Field(default=2000, ge=1, description="records taken at once: the documents of one bulk")
    # Three kept Elasticsearch busy; six cost it a fifth more for the same rate (measured).
    in_flight: int = Field(default=3, ge=1, description="batches under way at once")
    session_timeout_s: float = Field(default=10.0, ge=6, description="a worker silent for so long loses its partitions")
    poll_interval_s: float = Field(default=60.0, ge=1, description="a worker that does not poll for so long, too")
