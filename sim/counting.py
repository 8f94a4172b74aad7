"""Counting: what a tick adds to the measures of items and classes, and the table of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from mesa import DataCollector
from numpy.typing import NDArray

from sim.agents.decisions import Exposure
from sim.vocabulary import DIRECT_KEY, MEASURES, TICK_CLASSES
from sim.world.posts import PostLog

if TYPE_CHECKING:
    from sim.agents.platform import Platform
    from sim.agents.user import User
    from sim.world.items import ItemFacts

_CLASS_POSITIONS = np.arange(len(TICK_CLASSES))


class Collector(DataCollector):
    """Mesa's collector for functions that return numbers: these it takes down as they are, without copying them.

    Where others add reporters of their own, it is Mesa's.
    """

    def __init__(self, numbers: dict[str, Callable[[Any], int]]) -> None:
        super().__init__(model_reporters=numbers)
        self._numbers = numbers

    def collect(self, model: Any) -> None:
        """Take down what is reported of the present tick."""
        if self.agent_reporters or self.agenttype_reporters or self.model_reporters != self._numbers:
            super().collect(model)
            return
        for name, reporter in self.model_reporters.items():
            self.model_vars[name].append(reporter(model))


class Counting:
    """The part of a society that counts."""

    tick: int
    platform: "Platform"
    posts: PostLog
    item_facts: "list[ItemFacts]"
    illegal: list[list[bool]]
    platform_of: "NDArray[np.uint8]"
    datacollector: DataCollector
    sanctions_so_far: int

    def _begin_counting(self) -> None:
        self._counted: list[NDArray[np.int64]] = []
        """Counts by class, a table for each tick."""
        self.totals_now: list[int] = [0] * (len(MEASURES) + 1)
        """Sums of this tick over the classes: the measures, and the backlog."""

    def _begin_counting_items(self) -> None:
        """Make what is counted one by one, where users are agents."""
        self.counts = self._no_counts()
        self.item_counts = [dict.fromkeys(MEASURES, 0) for _ in range(len(self.item_facts))]
        self._views_now: dict[int, list[int]] = {}
        self.view_rows: list[tuple[int, int, int, int]] = []
        """(row of the post, tick, views, new readers) where not zero."""

    def _no_counts(self) -> list[dict[str, int]]:
        return [dict.fromkeys(MEASURES, 0) for _ in TICK_CLASSES]

    def count(self, item: int, measure: str, number: int = 1) -> None:
        """Add to a measure of an item and of its class."""
        self.counts[self.item_facts[item].content][measure] += number
        self.item_counts[item][measure] += number

    def count_view(self, user: "User", exposure: Exposure) -> None:
        """Count that a user noticed a post; the first sight of an item makes her a new reader of that post."""
        now = self._views_now.get(exposure.row)
        if now is None:
            now = self._views_now[exposure.row] = [0, 0, 0]
        now[0] += 1
        now[1] += exposure.n == 1
        now[2] += self.illegal[user.country][self.item_facts[exposure.slot.item].content]

    def write_tick(self) -> None:
        """Write down the counts of this tick and begin new ones."""
        for row in sorted(self._views_now):
            views, new, illegal = self._views_now[row]
            self.posts.views[row] += views
            self.posts.new_readers[row] += new
            item = self.posts.item[row]
            there = bool(self.platform_of[self.posts.place[row]]) if self.posts.place[row] < DIRECT_KEY else False
            for measure, number in (("views", views), ("new_readers", new), ("illegal_views", illegal)):
                self.count(item, measure, number)
            if there:
                self.count(item, "views_elsewhere", views)
                self.count(item, "illegal_elsewhere", illegal)
            self.view_rows.append((row, self.tick, views, new))
        self._views_now = {}
        waiting = self.platform.bench.waiting()
        sanctions = len(self.platform.enforcer.sanctions)
        self.write_counts([list(counts.values()) for counts in self.counts], waiting, sanctions)
        self.counts = self._no_counts()

    def write_counts(self, counts: Any, waiting: Any, sanctions: int) -> None:
        """Write down the counts of a tick by class and measure, the cases that wait by class, all sanctions so far."""
        block = np.empty((len(TICK_CLASSES), len(MEASURES) + 3), dtype=np.int64)
        block[:, 0], block[:, 1], block[:, 2:-1], block[:, -1] = self.tick, _CLASS_POSITIONS, counts, waiting
        self._counted.append(block)
        self.totals_now = block[:, 2:].sum(axis=0).tolist()
        self.sanctions_so_far = sanctions
        self.datacollector.collect(self)

    def tick_rows(self) -> NDArray[np.int64]:
        """Return (tick, position of the class, measures, backlog), a row for each tick so far and class."""
        if not self._counted:
            return np.zeros((0, len(MEASURES) + 3), dtype=np.int64)
        return np.concatenate(self._counted)
