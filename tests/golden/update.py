"""Accept changed results on purpose: `make golden`, with a line in CHANGELOG.md that says why."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.golden.cases import CASES, FILE  # noqa: E402

if __name__ == "__main__":
    digests = {name: make() for name, make in CASES.items()}
    FILE.write_text(json.dumps(digests, indent=1) + "\n")
    print(json.dumps(digests, indent=1))
