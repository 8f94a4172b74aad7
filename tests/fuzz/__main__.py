"""python -m tests.fuzz TARGET FIRST LAST: feed a target the seeds FIRST to LAST - 1; say findings, time, memory."""

import resource
import sys
import time
import traceback

from tests.fuzz.targets import TARGETS, clean

LONGEST = 10.0
"""Seconds of the processor that one input may take."""
MOST_MB = 3000.0


def main(name: str, first: int, last: int) -> int:
    """Return how many findings there were."""
    target, findings, slowest, began = TARGETS[name], 0, (0.0, first), time.perf_counter()
    target(first)  # sets up what the target needs, outside of the clock
    for seed in range(first, last):
        start = time.process_time()
        try:
            target(seed)
        except Exception:
            findings += 1
            if findings <= 20:
                print(f"FINDING {name} {seed}")
                traceback.print_exc(limit=-4, file=sys.stdout)
        took = time.process_time() - start
        slowest = max(slowest, (took, seed))
        if took > LONGEST:
            findings += 1
            print(f"SLOW {name} {seed}: {took:.1f} s")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    if memory > MOST_MB:
        findings += 1
        print(f"MEMORY {name}: {memory:,.0f} MB")
    seconds = time.perf_counter() - began
    print(
        f"{name}: {last - first:,} inputs, {findings} findings, {seconds:,.0f} s; slowest input {slowest[0]:.2f} s "
        f"(seed {slowest[1]}); most memory {memory:,.0f} MB"
    )
    clean()
    return findings


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
