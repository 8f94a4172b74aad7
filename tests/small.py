"""A small, lively scenario: every mechanism happens within a second."""

from functools import cache
from pathlib import Path
from typing import Any

from sim.crowd.protocol import Wish
from sim.model import Society
from sim.outcomes import Record
from sim.scenario.load import load_scenario
from sim.scenario.scenario import Scenario
from sim.vocabulary import MEASURES

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = ROOT / "scenarios" / "telegram.yaml"

STRICT: dict[str, Any] = {
    "title": "strict",
    "terms": {
        "incitement": {"actions": ["remove"], "scope": "every-copy", "strike": True},
        "fraud": {"actions": ["remove"], "strike": True},
        "drugs": {"actions": ["remove"], "strike": True},
        "conspiracy": {"actions": ["label", "downrank"], "scope": "every-copy"},
    },
    "moderation": {
        "reviewers": {"count": 400},
        "scan": {
            "recall": {"incitement": 0.4, "fraud": 0.4, "drugs": 0.4},
            "false_positive": 0.003,
            "direct_chats": True,
        },
        "reports": {"ordinary": 0.003},
        "takedown": {"delay": "3 h"},
        "strikes": {"ban_user_at": 2, "ban_venue_at": 2},
    },
    "features": {"forward_limit": 5, "viral_forward_limit": 2, "viral_hops": 2},
}


@cache
def _base() -> dict[str, Any]:
    data = load_scenario(SCENARIO).scenario.resolved()
    data["world"] |= {"users": 400}
    data["world"]["direct"] |= {"secret": 0.3}
    data["world"]["channels"] |= {"per_1000_users": 60.0}
    data["time"] |= {"days": 8}
    data["moving"], data["behaviour"]["belief_half_life"] = {}, None
    data["behaviour"] |= {"joining": 0.5, "leaving": 0.05, "post_half_life": "24 h", "late": 0.0}
    for stream in data["content"]["streams"].values():
        stream["per_1000_users_day"] = 3.0
    for persona in data["world"]["personas"].values():
        persona |= {"sharing": {"kind": "uniform", "low": 0.1, "high": 0.5}, "to_contacts": 0.2}
    return data


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        deep = isinstance(value, dict) and isinstance(out.get(key), dict) and "kind" not in value
        out[key] = merged(out[key], value) if deep else value
    return out


def small_scenario(policy: dict[str, Any] | None = None, **over: Any) -> Scenario:
    """The small scenario with a policy (`STRICT` if none is given) and other changes laid over it."""
    data = merged(_base(), over)
    data["policy"] = STRICT if policy is None else policy
    return Scenario.model_validate(data)


class Form:
    """The form of the crowd in which `run` runs, unless it is told another: tests/model/conftest.py sets it."""

    now: Wish = "agents"


def run(scenario: Scenario, seed: int = 1, **options: Any) -> Society:
    society = Society(scenario, seed, **{"crowd": Form.now, **options})
    society.run_model()
    return society


def digest(scenario: Scenario, seed: int = 1, **options: Any) -> str:
    return Record.of(run(scenario, seed, **options)).digest


def total(society: Society, measure: str) -> int:
    return int(society.crowd.item_counts()[:, MEASURES.index(measure)].sum())
