"""Runs whose digest must not change unnoticed."""

from pathlib import Path

from sim.scenario.load import load_scenario
from tests.small import SCENARIO, digest, small_scenario

FILE = Path(__file__).parent / "digests.json"


def _shipped(crowd: str) -> str:
    return digest(load_scenario(SCENARIO, ["world.users=1000", "time.days=5"]).scenario, 7, crowd=crowd)


CASES = {
    "small": lambda crowd="agents": digest(small_scenario(), 1, crowd=crowd),
    "half-hour ticks": lambda crowd="agents": digest(small_scenario(time={"tick_hours": 0.5}), 2, crowd=crowd),
    "configuration model": lambda crowd="agents": digest(
        small_scenario(world={"contacts": {"kind": "configuration"}}), 3, crowd=crowd
    ),
    "shipped, 1,000 users, 5 days": lambda crowd="agents": _shipped(crowd),
}
