"""What a sink counts."""

from sinks.indexing.stats import IndexMetrics


def test_documents_are_counted_by_what_became_of_them() -> None:
    figures = IndexMetrics()

    figures.indexed += 2
    figures.rejected += 1

    assert figures.as_json() == {"indexed": 2, "stale": 0, "rejected": 1, "indices": 0}
