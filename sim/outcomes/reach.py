"""How far things spread, and what that does."""

from sim.outcomes.record import Record
from sim.registry import outcome
from sim.scenario.scenario import Scenario
from sim.vocabulary import CLASSES


def total_of(record: Record, names: set[str], column: str) -> float:
    """Return a measure of the table of ticks, summed over the run and some classes."""
    return float(sum(number for name, number in record.by_class(column).items() if name in names))


def views_of(record: Record, names: set[str], column: str = "views") -> float:
    """Return views of items of some classes, per user; `column` of the table of ticks says where."""
    return total_of(record, names, column) / record.users


def weighted_views(record: Record, column: str = "views") -> float:
    """Return views times the harm weight of their class, per user."""
    weights = dict(zip(CLASSES, record.scenario.content.weights(), strict=True))
    views = record.by_class(column).items()
    return float(sum(weights.get(name, 0.0) * float(n) for name, n in views)) / record.users


def weighed_classes(scenario: Scenario) -> set[str]:
    """Return the classes to which a scenario gives a harm weight above 0."""
    return {name for name, weight in zip(CLASSES, scenario.content.weights(), strict=True) if weight > 0}


def harmful_classes(record: Record) -> set[str]:
    """Return the classes to which the scenario of a run gives a harm weight above 0."""
    return weighed_classes(record.scenario)


@outcome("views of harmful items (harm weight above 0)", unit="views/user", better="lower")
def harmful_views(record: Record) -> float:
    """Exposures to items whose class has a harm weight above 0, per user."""
    return views_of(record, harmful_classes(record))


@outcome("harm (views weighted by harm)", unit="harm/user", better="lower")
def harm(record: Record) -> float:
    """Exposures times the harm weight of their class, per user."""
    return weighted_views(record)


@outcome("views of illegal items (in the reader's country)", unit="views/user", better="lower")
def illegal_views(record: Record) -> float:
    """Exposures to items that are illegal in the reader's country, per user."""
    return float(sum(record.by_class("illegal_views").values())) / record.users


@outcome("views of conspiracy items", unit="views/user", better="lower")
def conspiracy_views(record: Record) -> float:
    """Exposures to conspiracy items, per user."""
    return views_of(record, {"conspiracy"})


@outcome("views of misinformation", unit="views/user", better="lower")
def misinformation_views(record: Record) -> float:
    """Exposures to misinformation, per user."""
    return views_of(record, {"misinformation"})


@outcome("views of harmless tracked items (news, fact checks)", unit="views/user", better="higher")
def harmless_views(record: Record) -> float:
    """Exposures to items whose class has no harm weight, per user."""
    return views_of(record, set(CLASSES) - harmful_classes(record))


@outcome("views of all tracked items", unit="views/user", better="neither")
def exposures(record: Record) -> float:
    """Exposures to tracked items of every class, per user."""
    return views_of(record, set(CLASSES))


@outcome("mean readers per harmful item", unit="users/item", better="lower")
def harmful_reach(record: Record) -> float:
    """Distinct users exposed to a harmful item, mean over all that were scheduled, started or not."""
    readers = record.numbers("items", "new_readers")[record.says("items", "class", *harmful_classes(record))]
    return float(readers.mean()) if len(readers) else float("nan")


@outcome("decisions to forward an item", unit="forwards/user", better="neither")
def forwards(record: Record) -> float:
    """Decisions to pass a tracked item on, per user."""
    return float(sum(record.by_class("forwards").values())) / record.users


@outcome("believers at the end (mean over topics)", unit="% of users", better="lower")
def believers(record: Record) -> float:
    """Users at or above the believer's threshold at the end, mean over all topics."""
    return 100.0 * record.totals["believers"] / (record.users * record.totals["topics"])


@outcome("users who became believers, bought drugs or fell for a fraud", unit="users/1,000 users", better="lower")
def adoptions(record: Record) -> float:
    """Crossings of the believer's threshold and transactions, of harmful items, per 1,000 users."""
    return 1000.0 * total_of(record, harmful_classes(record), "adoptions") / record.users


@outcome(
    "belief gap between exposed and unexposed users at the end",
    unit="belief points",
    better="neither",
)
def belief_gap(record: Record) -> float:
    """Mean belief of the members of venues on a topic less that of all others at the end, in hundredths, mean over the
    topics of harmful claims. An association: it does not say which is cause.
    """
    return 100.0 * record.totals["belief_gap"]


@outcome("growth of the belief gap between exposed and unexposed users", unit="belief points", better="neither")
def belief_gap_grown(record: Record) -> float:
    """The gap at the end less the gap at the start, in hundredths."""
    return 100.0 * (record.totals["belief_gap"] - record.totals["belief_gap_at_start"])


@outcome("share of views that go to posts by bots", unit="%", better="lower")
def bot_reach(record: Record) -> float:
    """Views of tracked posts by accounts run by programs, over all; not defined where nothing was seen."""
    views = float(sum(record.by_class("views").values()))
    return 100.0 * record.totals["bot_views"] / views if views else float("nan")
