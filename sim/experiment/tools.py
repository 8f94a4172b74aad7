"""The tools of a policy: removals, bans, labels, limits; and each arm again with one of them set back."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sim.scenario.scenario import Scenario

Data = dict[str, Any]
"""A policy as plain data, as in Scenario.resolved()."""


@dataclass(frozen=True)
class Tool:
    """One tool: the fields of a policy that make it up."""

    name: str
    words: str
    paths: tuple[str, ...] = ()
    """Fields of the policy that belong to it alone."""
    action: str = ""
    """What it does to a post of a class that the terms name."""
    strike: bool = False
    """Whether it is which classes bring a strike."""
    used: Callable[[Data], bool] = lambda policy: True
    """Whether the fields are set so that they do something."""
    refines: bool = False
    """Whether it only gives another form to what a policy does anyway: it counts where the reference has it too."""
    of: tuple[str, ...] = ()
    """Tools that it is the sum of: it counts where a policy has them all, beside them."""

    def form(self, policy: Data) -> Data | None:
        """Return the fields as they stand in a policy; None where the policy does not use the tool."""
        fields: Data = {path: _get(policy, path) for path in self.paths}
        if self.action or self.strike:
            fields |= {f"terms.{name}": scope for name, scope in self._classes(policy).items()}
        touched = bool(self._classes(policy)) if (self.action or self.strike) and not self.paths else self.used(policy)
        return fields if touched else None

    def _classes(self, policy: Data) -> dict[str, str]:
        terms = policy["terms"].items()
        if self.strike:
            return {name: "strike" for name, treatment in terms if treatment["strike"]}
        return {name: t["scope"] for name, t in terms if self.action and self.action in t["actions"]}

    def set_back(self, policy: Data, reference: Data) -> None:
        """Give the tool the form that it has in the reference."""
        for path in self.paths:
            _set(policy, path, deepcopy(_get(reference, path)))
        there = self._classes(reference)
        for name, treatment in policy["terms"].items():
            if self.strike:
                treatment["strike"] = name in there
            elif self.action and self.action in treatment["actions"]:
                if name in there:
                    treatment["scope"] = there[name]
                else:
                    treatment["actions"] = [a for a in treatment["actions"] if a != self.action]


def _get(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[step]
    return data


def _set(data: Any, path: str, value: Any) -> None:
    *steps, last = path.split(".")
    for step in steps:
        data = data[step]
    data[last] = value


def _asks_before(policy: Data) -> bool:
    named = any("friction" in treatment["actions"] for treatment in policy["terms"].values())
    return named or bool(policy["features"]["friction"] < 1.0)


def _given(path: str) -> Callable[[Data], bool]:
    return lambda policy: _get(policy, path) is not None


def _finds(path: str) -> Callable[[Data], bool]:
    return lambda policy: any(share > 0.0 for share in _get(policy, path).values())


TOOLS: tuple[Tool, ...] = (
    Tool("removals", "removals of posts", action="remove"),
    Tool("labels", "labels", action="label"),
    Tool("down-ranking", "down-ranking", action="downrank"),
    Tool("friction", "questions before passing on", ("features.friction",), "friction", used=_asks_before),
    Tool("restrictions", "posts that cannot be forwarded", action="restrict"),
    Tool("geo-blocks", "geo-blocks", action="geo-block"),
    Tool("corrections", "corrections", action="correct"),
    Tool("strikes", "strikes for more kinds of content", strike=True, refines=True),
    Tool(
        "user-bans",
        "bans of users",
        ("moderation.strikes.ban_user_at",),
        used=_given("moderation.strikes.ban_user_at"),
    ),
    Tool(
        "venue-bans",
        "bans of channels and groups",
        ("moderation.strikes.ban_venue_at",),
        used=_given("moderation.strikes.ban_venue_at"),
    ),
    Tool(
        "bans",
        "bans of users and of channels and groups together",
        ("moderation.strikes.ban_user_at", "moderation.strikes.ban_venue_at"),
        of=("user-bans", "venue-bans"),
    ),
    Tool(
        "suspensions",
        "suspensions",
        ("moderation.strikes.ladder",),
        used=lambda policy: bool(policy["moderation"]["strikes"]["ladder"]),
    ),
    Tool("scanning", "scanning", ("moderation.scan",), used=_finds("moderation.scan.recall")),
    Tool(
        "hash-matching",
        "matching against known items",
        ("moderation.hashes",),
        used=lambda p: bool(p["moderation"]["hashes"]["learned"]) or _finds("moderation.hashes.known")(p),
    ),
    Tool("flaggers", "trusted flaggers", ("moderation.flaggers",), used=_finds("moderation.flaggers.recall")),
    Tool("orders", "orders of authorities", ("moderation.orders",), used=_finds("moderation.orders.recall")),
    Tool("admins", "owners of groups", ("moderation.admins",), used=_finds("moderation.admins.removing")),
    Tool(
        "bot-search",
        "the search for bots",
        ("moderation.bots",),
        used=lambda policy: bool(policy["moderation"]["bots"]["recall"] > 0.0),
    ),
    Tool("appeals", "appeals", ("moderation.appeals",), used=_given("moderation.appeals")),
    Tool("reports", "more reports taken up", ("moderation.reports",), refines=True),
    Tool(
        "review",
        "faster review (staff, order and time to takedown)",
        ("moderation.reviewers", "moderation.queue", "moderation.takedown"),
        refines=True,
    ),
    Tool(
        "feed",
        "the ranked feed",
        ("features.feed", "features.feed_half"),
        used=lambda policy: bool(policy["features"]["feed"] > 0.0),
    ),
    Tool(
        "forward-limits",
        "forward limits",
        ("features.forward_limit", "features.viral_hops", "features.viral_forward_limit"),
        used=lambda p: any(p["features"][name] is not None for name in ("forward_limit", "viral_forward_limit")),
    ),
    Tool(
        "identity",
        "checks of identity",
        ("features.identity",),
        used=lambda policy: bool(policy["features"]["identity"] != "anonymous"),
    ),
    Tool(
        "data-requests",
        "answers to authorities",
        ("cooperation",),
        used=lambda policy: bool(policy["cooperation"]["answers"] > 0.0),
    ),
)
"""All tools, in the order in which they are named."""


def tool(name: str) -> Tool:
    """Return a tool by name."""
    return next(one for one in TOOLS if one.name == name)


def _policies(scenario: Data, reference: Data) -> list[Data]:
    """Return the policies that can be in force in an arm: the first, and those of its phases and after a shock where
    the reference has others.
    """
    found = [scenario["policy"]]
    if scenario["phases"] != reference["phases"]:
        found += [phase["policy"] for phase in scenario["phases"]]
    after = scenario["law"]["after_shock"]
    return found if after is None or after == reference["law"]["after_shock"] else [*found, after]


def tools_of(scenario: Scenario, reference: Scenario) -> list[Tool]:
    """Return the tools that an arm has and the reference has not, or in another form."""
    there: Data = reference.resolved()
    base, mine = there["policy"], _policies(scenario.resolved(), there)
    found: list[Tool] = []
    for one in TOOLS:
        if not {tool.name for tool in found}.issuperset(one.of):
            continue
        if one.refines and (one.form(base) is None or not base["terms"]):
            continue
        forms = [one.form(policy) for policy in mine]
        if any(form is not None and form != one.form(base) for form in forms):
            found.append(one)
    return found


def set_back(scenario: Scenario, one: Tool, reference: Scenario) -> Scenario:
    """Return a scenario with one tool as the reference has it: off, where the reference does without."""
    data, there = deepcopy(scenario.resolved()), reference.resolved()
    for policy in _policies(data, there):
        one.set_back(policy, there["policy"])  # type: ignore[arg-type]
    return Scenario.model_validate(data)


def arms_without(scenario: Scenario, reference: Scenario) -> list[tuple[Tool, Scenario]]:
    """Return an arm with each of its tools set back in turn, and with some together; nothing if it has but one tool."""
    tools = tools_of(scenario, reference)
    return [(one, set_back(scenario, one, reference)) for one in tools] if len(tools) > 1 else []
