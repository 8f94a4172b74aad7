"""Users and venues of a compiled run as Mesa agents, made when asked for: to look at, not to change."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from inspect import getattr_static
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast, overload

from mesa import Agent

if TYPE_CHECKING:
    from sim.crowd.column_state import ColumnState
    from sim.model import Society

NOT_HELD = {
    "passed_on": "where users have passed an item on to, if they may do so once at most",
}
"""What an agent of the other form has and columns do not give, in words."""
INSTEAD = "run with crowd='agents', or override the decision in a subclass of User"
_put = object.__setattr__


class Fixed:
    """What is there to look at: no attribute of it can be set."""

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"'{name}' of an agent of a compiled run cannot be set: {INSTEAD}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"'{name}' of an agent of a compiled run cannot be deleted: {INSTEAD}")


class View(Fixed):
    """What views of users and of venues have in common: their attributes are read from columns at each look.

    It comes before the class of the agents' form among the bases of a view, so that a view is an instance of that class
    whose attributes are properties.
    """

    pos = None

    def __init__(self, crowd: "ColumnState", number: int) -> None:
        _put(self, "_crowd", crowd)
        _put(self, "number", number)

    _crowd: "ColumnState"
    number: int

    @property
    def model(self) -> "Society":
        """The run."""
        return self._crowd.model

    def __getattr__(self, name: str) -> Any:
        if name in NOT_HELD:
            raise AttributeError(f"'{name}': columns do not hold {NOT_HELD[name]}; {INSTEAD}")
        if hasattr(type(self), name):
            return object.__getattribute__(self, name)  # raises again what a property has raised
        raise AttributeError(
            f"'{type(self).__name__}' of a compiled run has no attribute '{name}'; what a class sets when its agents "
            "are made is there with crowd='agents' only"
        )

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.number == other.number and self._crowd is other._crowd

    def __hash__(self) -> int:
        return hash(self.number)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.number} of {self.model!r}>"

    def remove(self) -> NoReturn:
        """Raise: nobody is taken out of a compiled run."""
        raise AttributeError(f"an agent of a compiled run cannot be removed: {INSTEAD}")


def _refuse(*_: object, **__: object) -> NoReturn:
    raise TypeError(f"what an agent of a compiled run has cannot be changed: {INSTEAD}")


class FixedList(list[Any]):
    """A list to look at."""

    append = clear = extend = insert = pop = remove = reverse = sort = __setitem__ = __delitem__ = _refuse
    __iadd__ = __imul__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (list(self),)


class FixedDict(dict[Any, Any]):
    """A mapping to look at."""

    clear = pop = popitem = setdefault = update = __setitem__ = __delitem__ = __ior__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class FixedSet(set[Any]):
    """A set to look at."""

    add = clear = discard = pop = remove = update = difference_update = intersection_update = _refuse
    symmetric_difference_update = __iand__ = __ior__ = __isub__ = __ixor__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return set, (set(self),)


def _view_class(view: Any, base: Any, kind: Any) -> type[Any]:
    """Return the class of views whose agents are of a class `kind`, a subclass of `base`; `view` gives the properties.

    What `kind` overrides stays its own.
    """
    above = set(base.__mro__)
    own = {name for one in kind.__mro__ if one not in above for name in vars(one)}
    names = {name for one in view.__mro__ if one is not object for name in vars(one)}
    taken = {name: getattr_static(kind, name) for name in own & names if not name.startswith("__")}
    return type(kind.__name__, (view, kind), taken | {"__module__": kind.__module__, "__doc__": kind.__doc__})


view_class: Callable[..., Any] = cast(Any, cache(_view_class))
V = TypeVar("V", bound=Agent)


class Views(Sequence[V], Generic[V]):
    """All users, or all venues, by number."""

    def __init__(self, crowd: "ColumnState", kind_of: Callable[[int], type[Any]], length: int) -> None:
        self._crowd, self._length = crowd, length
        self._kind_of = kind_of

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, number: int) -> V: ...

    @overload
    def __getitem__(self, number: slice) -> list[V]: ...

    def __getitem__(self, number: int | slice) -> V | list[V]:
        if isinstance(number, slice):
            return [self._made(i) for i in range(*number.indices(self._length))]
        if not -self._length <= number < self._length:
            raise IndexError(f"there are {self._length:,} of them, no number {number}")
        return self._made(number % self._length)

    def __iter__(self) -> Iterator[V]:
        return map(self._made, range(self._length))

    def _made(self, number: int) -> V:
        made: V = self._kind_of(number)(self._crowd, number)
        return made
