"""Where things went: what is seen on other platforms, who was driven out, what opened again."""

from sim.outcomes.reach import harmful_classes, views_of, weighted_views
from sim.outcomes.record import Record
from sim.registry import outcome


@outcome("views of harmful items on other platforms", unit="views/user", better="lower")
def harmful_elsewhere(record: Record) -> float:
    """Exposures on other platforms to items whose class has a harm weight above 0, per user."""
    return views_of(record, harmful_classes(record), "views_elsewhere")


@outcome("harm on other platforms (views weighted by harm)", unit="harm/user", better="lower")
def harm_elsewhere(record: Record) -> float:
    """Exposures on other platforms times the harm weight of their class, per user."""
    return weighted_views(record, "views_elsewhere")


@outcome("views of illegal items on other platforms", unit="views/user", better="lower")
def illegal_elsewhere(record: Record) -> float:
    """Exposures on other platforms to items that are illegal in the reader's country, per user."""
    return float(sum(record.by_class("illegal_elsewhere").values())) / record.users


def _moves(record: Record, what: str) -> float:
    return 1000.0 * int(record.says("moves", "move", what).sum()) / record.users


@outcome("users who moved to another platform", unit="users/1,000 users", better="neither")
def users_left(record: Record) -> float:
    """Banned or locked-out people who went to another platform, per 1,000 users."""
    return _moves(record, "left")


@outcome("banned users who returned with a new account", unit="users/1,000 users", better="lower")
def users_returned(record: Record) -> float:
    """New accounts of people who had been banned, per 1,000 users."""
    return _moves(record, "returned")


@outcome("banned channels and groups that reopened, on any platform", unit="venues/1,000 users", better="lower")
def venues_reopened(record: Record) -> float:
    """Backups that were opened, on any platform, per 1,000 users."""
    return _moves(record, "reopened")


@outcome("share of members who followed a reopened channel or group", unit="%", better="neither")
def followers(record: Record) -> float:
    """Members of the backups at the end over the members of the places they stand in for, at their ban; not defined if
    none opened. Conditional on what the policy closed.
    """
    reopened = record.says("moves", "move", "reopened")
    members = float(record.numbers("moves", "members")[reopened].sum())
    venues = record.numbers("moves", "subject")[reopened]
    there = float(record.numbers("venues", "members_at_end")[venues].sum())
    return 100.0 * there / members if members else float("nan")
