"""Runs whose digest must not change unnoticed."""

from pathlib import Path

from sim.scenario.load import load_scenario
from tests.small import SCENARIO, digest, small_scenario

FILE = Path(__file__).parent / "digests.json"


def _shipped() -> str:
    return digest(load_scenario(SCENARIO, ["world.users=1000", "time.days=5"]).scenario, 7)


CASES = {
    "small": lambda: digest(small_scenario(), 1),
    "half-hour ticks": lambda: digest(small_scenario(time={"tick_hours": 0.5}), 2),
    "configuration model": lambda: digest(small_scenario(world={"contacts": {"kind": "configuration"}}), 3),
    "shipped, 1,000 users, 5 days": _shipped,
}
