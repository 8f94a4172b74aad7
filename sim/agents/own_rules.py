"""The rules of a run that replace decisions of users: who is asked what, and what comes of the answers."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import fold, name_key
from sim.errors import InputError, RunError
from sim.scenario.behaviours import UserClassRule
from sim.scenario.kinds import plugged
from sim.scenario.user_rules import BELIEVE, DECISIONS, USERS, Asked, Decision, Question, UserRule
from sim.vocabulary import Purpose
from sim.world.people import Floats, uniforms

if TYPE_CHECKING:
    from sim.agents.user import User
    from sim.model import Society

Flags = NDArray[np.bool_]
Method = Callable[[Asked], Any]
METHODS: dict[Decision, str] = {
    "notice": "chance_to_notice",
    "forward": "chance_to_forward",
    "choose": "chance_to_choose",
    "report": "chance_to_report",
    "join": "chance_to_join",
    "leave": "chance_to_leave",
    "believe": "new_belief",
    "turn_out": "chance_to_turn_out",
}
"""The methods of User for one decision of one user, by decision: their probability, or the new belief."""
_ARRAYS = Asked._fields[1:]
_OF_USERS = {*METHODS.values(), "ceilings", "__module__", "__doc__", "__qualname__", "__firstlineno__",
             "__static_attributes__", "__annotations__", "__dict__", "__weakref__"}  # fmt: skip
"""What a subclass of User may have of its own to be asked on the compiled engine, beside helpers with new names."""


def user_classes(rules: Sequence[UserRule]) -> "list[type[User]]":
    """Return the subclasses of User that rules name, in their order. Raises InputError for what is none."""
    from sim.agents.user import User

    found = []
    for rule in rules:
        if isinstance(rule, UserClassRule):
            (made,) = [made for entry, made in plugged(USERS) if entry.name == rule.entry]
            if not (isinstance(made, type) and issubclass(made, User) and made is not User):
                raise InputError(f"plug-in '{rule.entry}' ({USERS}): must be a subclass of sim.User")
            found.append(made)
    return found


def overrides(user_class: "type[User]") -> list[str]:
    """Return what a subclass of User changes of it beside the named decisions: for that a run needs agents."""
    from sim.agents.user import User

    changed = {}
    for one in user_class.__mro__[: user_class.__mro__.index(User)]:
        for name in vars(one):
            if name not in _OF_USERS and hasattr(User, name):
                changed[name] = True
    return list(changed)


def decided(user_class: "type[User]") -> tuple[Decision, ...]:
    """Return the decisions for which a subclass of User has methods of its own."""
    from sim.agents.user import User

    return tuple(d for d, name in METHODS.items() if getattr(user_class, name) is not getattr(User, name))


class OwnRule:
    """One rule of a run: its methods by decision, and the users for whom it holds."""

    def __init__(self, name: str, methods: dict[Decision, Method], ceilings: dict[Decision, float]) -> None:
        self.name, self.methods, self.ceilings = name, methods, ceilings
        self.holds: Flags | None = None
        """For whom it holds; None for all."""
        for decision, ceiling in ceilings.items():
            if decision not in DECISIONS or not 0.0 <= ceiling <= 1.0:
                raise InputError(f"the rule '{name}': ceilings are numbers from 0 to 1 by decision, got {ceilings}")

    def answer(self, decision: int, asked: Asked) -> Floats:
        """Return what the rule answers: one number for each entry. Raises RunError if these are none."""
        method = self.methods[DECISIONS[decision]]
        given = np.asarray(method(asked))
        if given.shape != asked.user.shape or given.dtype.kind not in "fiub":
            raise RunError(
                f"the rule '{self.name}' must answer one number for each of the {len(asked.user)} entries for "
                f"'{DECISIONS[decision]}', it gave an array of {given.dtype} of shape {given.shape}"
            )
        made = given.astype(np.float64)
        if self.holds is not None:
            made = np.where(self.holds[asked.user], made, asked.default)
        return made


class OwnRules:
    """All rules of a run; `asks` and `ceilings` say where the engine must ask."""

    def __init__(self, model: "Society", user_class: "type[User] | None") -> None:
        self.model = model
        self.rules: list[OwnRule] = []
        for number, rule in enumerate(model.config.behaviours):
            self._add(number, rule)
        if user_class is not None and decided(user_class):
            self.rules.append(self._of_class(user_class.__name__, user_class))
        self.asks: Flags = np.zeros(len(DECISIONS), dtype=np.bool_)
        self.ceilings: Floats = np.zeros(len(DECISIONS))
        for place, decision in enumerate(DECISIONS):
            asking = [rule for rule in self.rules if decision in rule.methods]
            self.asks[place] = bool(asking)
            self.ceilings[place] = max((rule.ceilings.get(decision, 0.0) for rule in asking), default=0.0)
        self.counts: dict[str, list[int]] = {
            f"{rule.name}: {decision}": [0, 0] for rule in self.rules for decision in rule.methods
        }
        """How often each rule was asked, and in how many of these the decision changed; by rule and decision."""

    def _of_class(self, name: str, user_class: "type[User]") -> OwnRule:
        methods = {d: _one_by_one(self.model, getattr(user_class, METHODS[d])) for d in decided(user_class)}
        return OwnRule(name, methods, dict(user_class.ceilings))

    def _add(self, number: int, rule: UserRule) -> None:
        kind: str = rule.kind  # type: ignore[attr-defined]
        if isinstance(rule, UserClassRule):
            (made,) = user_classes([rule])
            own = self._of_class(kind, made)
        else:
            methods: dict[Decision, Method] = {d: getattr(rule, d) for d in DECISIONS if rule.decides(d)}
            own = OwnRule(kind, methods, dict(rule.ceilings))
        people = self.model.world.people
        if rule.personas:
            names = list(self.model.config.world.personas)
            own.holds = np.isin(people.persona, [names.index(name) for name in rule.personas])
        if rule.share < 1.0:
            stream = fold(fold(self.model.streams[Purpose.OWN_RULE], name_key(kind)), number)
            lucky = uniforms(stream, len(people)) < rule.share
            own.holds = lucky if own.holds is None else own.holds & lucky
        self.rules.append(own)

    def settle(self, decision: int, asked: Asked, luck: Floats) -> Floats:
        """Return what holds for each entry: a probability, or a new belief; `luck` are the draws it is held against.

        Raises RunError where a rule answers more than it may, or no number.
        """
        value, name = asked.default, DECISIONS[decision]
        for rule in self.rules:
            if name not in rule.methods:
                continue
            found = rule.answer(decision, asked._replace(default=value))
            most = np.ones(len(value)) if decision == BELIEVE else np.maximum(value, rule.ceilings.get(name, 0.0))
            bad = ~((found >= 0.0) & (found <= most))
            if bad.any():
                k = int(np.flatnonzero(bad)[0])
                raise RunError(
                    f"the rule '{rule.name}' answers {found[k]:g} for '{name}' (user {asked.user[k]}, item "
                    f"{asked.item[k]}); it may answer 0 to {most[k]:g}: what stands without it, or what its "
                    f"`ceilings` name for '{name}'"
                )
            count = self.counts[f"{rule.name}: {name}"]
            count[0] += len(found) if rule.holds is None else int(rule.holds[asked.user].sum())
            changed = found != value if decision == BELIEVE else (luck < found) != (luck < value)
            count[1] += int(changed.sum())
            value = found
        return value

    def decides(self, decision: int, luck: float, default: float, **about: float) -> bool:
        """Ask about one decision of one user; `about` are the fields of Asked, as far as it is about them."""
        if luck >= max(default, float(self.ceilings[decision])):
            return False
        return luck < float(self.settle(decision, self._one(default, about), np.array([luck]))[0])

    def believed(self, default: float, **about: float) -> float:
        """Return the new belief of one user."""
        return float(np.float32(self.settle(BELIEVE, self._one(default, about), np.zeros(1))[0]))

    def _one(self, default: float, about: dict[str, float]) -> Asked:
        fields = {"default": default, **about}
        return asked_of(self.model, 1, {name: np.array([value]) for name, value in fields.items()})


_UNKNOWN = {name: 0 if name in ("labels", "exposure", "belief", "interest", "hops") else -1 for name in _ARRAYS}
_REAL = ("belief", "interest", "default")


def asked_of(model: "Society", n: int, columns: dict[str, NDArray[Any]]) -> Asked:
    """Return what is asked from the columns that are known; who the users are follows from their numbers."""
    people = model.world.people
    users = columns["user"].astype(np.int64)
    known = {**columns, "persona": people.persona[users], "country": people.country[users]}
    if "item" in columns:
        known["content"] = model.items.content[columns["item"]]
        known.setdefault("topic", model.items.topic[columns["item"]])
    if "topic" in known:
        known["interest"] = people.interest[users, known["topic"]]
    made = {}
    for name in _ARRAYS:
        kind: Any = np.float64 if name in _REAL else np.int64
        given = known.get(name)
        if given is None:
            made[name] = np.broadcast_to(np.array(_UNKNOWN[name], dtype=kind), n)
        else:
            made[name] = np.ascontiguousarray(given, dtype=kind)
    return Asked(tick=model.tick, **made)


def _one_by_one(model: "Society", method: Callable[..., float]) -> Method:
    """Return a method for one user as one for columns: it is called for each entry, with the user and plain numbers."""

    def answers(asked: Asked) -> Floats:
        columns = [getattr(asked, name).tolist() for name in _ARRAYS]
        questions = map(Question._make, zip(repeat(asked.tick), *columns))
        return np.array(list(map(method, map(model.users.__getitem__, columns[0]), questions)))

    return answers
