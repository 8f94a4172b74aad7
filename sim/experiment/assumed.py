"""Assumed numbers that the policies of an experiment read: which of them its ranges leave out."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from sim.experiment.plan import Plan
from sim.scenario.policy import Policy
from sim.vocabulary import CLASSES

Reads = Callable[[Policy], bool]


def _does(*actions: str) -> Reads:
    return lambda policy: any(action in each.actions for each in policy.terms.values() for action in actions)


def _looks(policy: Policy) -> bool:
    return bool(policy.terms)


_READ: dict[str, Reads] = {
    "labels": _does("label", "downrank", "friction", "correct"),
    "labels.sharing_factor": _does("label"),
    "labels.belief_factor": _does("label"),
    "labels.notice_factor": _does("label"),
    "labels.downrank_factor": _does("downrank"),
    "labels.friction_factor": _does("friction"),
    "labels.correction_strength": _does("correct"),
    "features.viral_hops": lambda policy: policy.features.viral_forward_limit is not None,
    "features.friction": lambda policy: policy.features.friction != 1.0,
    "features.feed_half": lambda policy: policy.features.feed > 0.0,
    "cooperation.within": lambda policy: policy.cooperation.answers > 0.0,
    "moderation": _looks,
    "moderation.scan.false_positive": lambda policy: bool(policy.moderation.scan.recall),
    "moderation.reports": lambda policy: policy.moderation.reports.accepted,
    "moderation.hashes.copied": lambda policy: bool(policy.moderation.hashes.known or policy.moderation.hashes.learned),
    "moderation.flaggers": lambda policy: bool(policy.moderation.flaggers.recall),
    "moderation.orders": lambda policy: bool(policy.moderation.orders.recall),
    "moderation.admins": lambda policy: bool(policy.moderation.admins.removing),
    "moderation.bots": lambda policy: policy.moderation.bots.recall > 0.0,
    "moderation.reviewers": lambda policy: policy.moderation.reviewers.count > 0,
}
"""What a policy must do for the values below a path to be read; where nothing is said, they are."""


def _is_read(policy: Policy, path: str) -> bool:
    steps = path.split(".")
    return all(_READ[part](policy) for i in range(len(steps)) if (part := ".".join(steps[: i + 1])) in _READ)


def _numbers(part: BaseModel, path: str) -> Iterator[tuple[str, str]]:
    """Give the path and the words of every number below a part whose source is 'assumed', if it is set at all."""
    for name, info in type(part).model_fields.items():
        value, here = getattr(part, name), f"{path}{info.alias or name}"
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        if isinstance(value, BaseModel):
            yield from _numbers(value, here + ".")
        elif isinstance(value, tuple):
            for i, each in enumerate(value):
                if isinstance(each, BaseModel):
                    yield from _numbers(each, f"{here}.{i}.")
        elif not str(extra.get("source", "")).startswith("assumed"):
            continue
        elif isinstance(value, dict):
            yield from ((f"{here}.{key}", info.description or "") for key, each in value.items() if _counts(each))
        elif _counts(value):
            yield here, info.description or ""


def _counts(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value != 0


def not_varied(plan: Plan) -> dict[str, str]:
    """Return the assumed numbers that the policies of the arms read and the ranges leave out: words by path.

    A number is read where its policy has what it is about: labels where something is labelled, a scanner where one
    runs; a number of one class where a stream posts that class. A range covers what lies below its path too.
    """
    found: dict[str, str] = {}
    for arm in plan.arms:
        posted = {stream.content for stream in arm.scenario.content.streams.values()}
        for _, policy in arm.scenario.policies():
            for path, words in _numbers(policy, ""):
                named = path.rpartition(".")[2]
                if named in CLASSES and named not in posted:
                    continue
                if _is_read(policy, path) and not _covered(f"policy.{path}", plan):
                    found.setdefault(f"policy.{path}", words)
    return dict(sorted(found.items()))


def _covered(path: str, plan: Plan) -> bool:
    return any(path == each or path.startswith(each + ".") for each in plan.ranges)
