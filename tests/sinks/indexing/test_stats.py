"""What a sink counts."""

from sinks.indexing.stats import Figures


def test_documents_are_counted_by_what_became_of_them() -> None:
    figures = Figures()

    figures.indexed += 2
    figures.rejected += 1

    assert figures.told() == {"indexed": 2, "stale": 0, "rejected": 1, "indices": 0}
