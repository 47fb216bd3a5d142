"""The known agencies whose ids are most similar to an unknown one; pure."""

from collections.abc import Iterable

MOST_NAMED = 3


def nearest(agency_id: str, known: Iterable[str]) -> list[tuple[int, str]]:
    """Return the known ids most similar to `agency_id`, each with its edit distance, nearest first.

    An edit inserts, deletes or replaces a letter, or swaps two neighbors (optimal string alignment distance).
    Source: F. J. Damerau, Communications of the ACM 7, 1964.
    """
    from rapidfuzz.distance import OSA

    return sorted((OSA.distance(agency_id, known_id), known_id) for known_id in known)[:MOST_NAMED]
