"""Compiled functions that Python calls in every tick, with columns by the dozen.

Numba finds out the type of every argument at every call: of a NamedTuple, that of each of its arrays. In a run of a few
thousand users that is a quarter of the time. Columns are the same object from call to call until they have to grow, so
their types are found out once; only what is new in a call is asked for again. See
docs/decisions/0013-types-of-columns.md.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from numba import njit, typeof

from sim.arithmetic import OPTIONS
from sim.caching import keep

try:
    from numba._dispatcher import compute_fingerprint
except ImportError:  # numba's dispatcher is not ours to rely on
    compute_fingerprint = None  # type: ignore[assignment]
"""Numba's short form of the types of arguments; without, each call is one of numba's own, and slower."""

P = ParamSpec("P")
R = TypeVar("R")
_MOST_CHANGES = 20
"""Tuples that were another object more often in a run are asked for at every call."""
_forgetting: list[Callable[[], None]] = []


class _Seen(NamedTuple):
    """What the calls before this one had in common."""

    fixed: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    """Picks the arguments that were the same objects."""
    loose: Callable[[tuple[Any, ...]], tuple[Any, ...]]
    """Picks the others."""
    objects: tuple[Any, ...]
    """The same objects: held, so that no other can take the place of one in memory."""
    places: tuple[int, ...]
    """Where they are in memory."""
    entries: dict[bytes, Callable[..., Any]]
    """Beside these objects: machine code, by the types of the other arguments."""


def forget_columns() -> None:
    """Let go of the columns of earlier calls, which would stay in memory otherwise."""
    for forget in _forgetting:
        forget()


def _picker(places: list[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """Return a function that picks from a tuple what stands at these places, as a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return (lambda args: (args[places[0]],)) if places else (lambda args: ())


def _after(
    before: _Seen | None,
    args: tuple[Any, ...],
    entry: Callable[..., Any],
    changes: dict[int, int],
    fingerprint: Callable[[Any], bytes],
) -> _Seen:
    """Return what calls have in common after one that was not as those before it; count in `changes` what was new."""
    if before is not None:
        same = set(before.places)
        for k, one in enumerate(args):
            if isinstance(one, tuple) and id(one) not in same:
                changes[k] = changes.get(k, 0) + 1
    fixed = [k for k, one in enumerate(args) if isinstance(one, tuple) and changes.get(k, 0) <= _MOST_CHANGES]
    pick, pick_loose = _picker(fixed), _picker([k for k in range(len(args)) if k not in fixed])
    objects, loose = pick(args), fingerprint(pick_loose(args))
    places = tuple(map(id, objects))
    entries = dict(before.entries) if before is not None and before.places == places else {}
    return _Seen(pick, pick_loose, objects, places, entries | {loose: entry})


def compiled_often(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function as `compiled` does, for Python to call often with the same NamedTuples of arrays.

    Arguments go by position. Their types are those of numba, and so is what is compiled: a call with other types than
    before is a call of numba's own.
    """
    made: Any = keep(njit(**OPTIONS)(function))
    if compute_fingerprint is None:
        return cast(Callable[P, R], made)
    plain = type(made)
    fingerprint = compute_fingerprint
    known: dict[bytes, Callable[..., Any]] = {}
    changes: dict[int, int] = {}
    seen: _Seen | None = None

    def call(self: Any, *args: Any) -> Any:
        now = seen
        try:
            if now is not None and tuple(map(id, now.fixed(args))) == now.places:
                entry = now.entries.get(fingerprint(now.loose(args)))
            else:
                entry = None
        except NotImplementedError:  # numba has a longer way for what it cannot put so shortly
            entry = None
        return settle(self, args) if entry is None else entry(*args)

    def settle(self: Any, args: tuple[Any, ...]) -> Any:
        """Call with arguments of which some are new; remember what they are."""
        nonlocal seen
        try:
            types = fingerprint(args)
        except NotImplementedError:
            return plain.__call__(self, *args)
        entry = known.get(types)
        if entry is None:
            result = plain.__call__(self, *args)
            overload = self.overloads.get(tuple(map(typeof, args)))
            if overload is not None:
                known[types] = overload.entry_point
            return result
        seen = _after(seen, args, entry, changes, fingerprint)
        return entry(*args)

    def forget() -> None:
        nonlocal seen
        seen = None
        changes.clear()

    _forgetting.append(forget)
    made.__class__ = type("Often", (plain,), {"__call__": call})
    return cast(Callable[P, R], made)
