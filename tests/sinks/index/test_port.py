"""What each answer of Elasticsearch means: a table, read by one loop."""

import pytest

from sinks.index.port import DONE, OUTCOMES, Outcome, classify

CASES = [
    (200, "", Outcome.DONE),
    (201, "", Outcome.DONE),
    (409, "version_conflict_engine_exception", Outcome.STALE),
    (409, "resource_already_exists_exception", Outcome.TROUBLE),
    (400, "strict_dynamic_mapping_exception", Outcome.BAD_RECORD),
    (400, "document_parsing_exception", Outcome.BAD_RECORD),
    (400, "mapper_parsing_exception", Outcome.BAD_RECORD),
    (400, "illegal_argument_exception", Outcome.BAD_RECORD),
    (400, "index_closed_exception", Outcome.TROUBLE),
    (400, "media_type_header_exception", Outcome.TROUBLE),
    (413, "", Outcome.BAD_RECORD),
    (429, "cluster_block_exception", Outcome.TROUBLE),
    (429, "es_rejected_execution_exception", Outcome.TROUBLE),
    (429, "circuit_breaking_exception", Outcome.TROUBLE),
    (403, "cluster_block_exception", Outcome.TROUBLE),
    (403, "security_exception", Outcome.TROUBLE),
    (401, "security_exception", Outcome.TROUBLE),
    (404, "index_not_found_exception", Outcome.TROUBLE),
    (500, "", Outcome.TROUBLE),
    (503, "unavailable_shards_exception", Outcome.TROUBLE),
]


@pytest.mark.parametrize(("status", "error", "outcome"), CASES)
def test_an_answer_means(status: int, error: str, outcome: Outcome) -> None:
    answer = classify(status, error)

    assert answer.outcome is outcome
    assert (answer is DONE) == (outcome is Outcome.DONE)
    assert answer is DONE or answer.error


def test_every_row_decides_a_case() -> None:
    def deciding(status: int, error: str) -> int:
        return next(n for n, (statuses, only, _) in enumerate(OUTCOMES) if status in statuses and only in ("", error))

    assert {deciding(status, error) for status, error, _ in CASES} == set(range(len(OUTCOMES)))


@pytest.mark.parametrize("status", range(300, 600))
def test_only_a_fault_of_the_record_itself_refuses_it(status: int) -> None:
    assert (classify(status, "never_seen_exception").outcome is Outcome.BAD_RECORD) == (status in (400, 413))
