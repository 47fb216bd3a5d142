"""Words of the old dialect, or British spelling, that stay, each with its reason. Keys are path, kind and word."""

ALLOWED = {
    "deploy/cli/doctor.py name found": "key of `doctor --json`",
    "deploy/run/freshness.py name found": "key of `demo --json`",
    "schemas/records/audit.py name asked": "field of a released Avro schema",
    "schemas/records/audit.py name figures": "field of a released Avro schema",
    "schemas/records/audit.py spelling centre": "field of a released Avro schema",
    "schemas/search_document.py spelling labour": "key of a report's JSON in documents and feeds",
    "sinks/search/lookouts.py name wanted": "key of `wanted --json`",
    "sinks/render/timeline.py name lane": "a column of the timeline, as sequence diagrams call it",
    "streams/normalize/plates.py spelling licence": "what dispatchers write",
    "tests/schemas/agreements/test_parser.py spelling colour": "an unknown field of an agreement",
}
