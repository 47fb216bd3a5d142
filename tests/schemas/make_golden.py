"""Write golden bytes for schemas that have none: `python -m tests.schemas.make_golden`. Never overwrites."""

from pathlib import Path

from schemas.records import codec
from tests.schemas.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"

if __name__ == "__main__":
    for name, record in SAMPLES.items():
        path = GOLDEN / f"{name}.v{codec.newest(name).version}.bin"
        if not path.exists():
            path.write_bytes(codec.encode(name, record))
            print(f"wrote {path.name}")
