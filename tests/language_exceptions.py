"""Words of the old dialect, or British spelling, that stay, each with its reason. Keys are path, kind and word."""

ALLOWED: dict[str, str] = {}
