"""What moderation costs: staff, waiting, and private messages looked at."""

from sim.outcomes.record import Record
from sim.outcomes.registry import outcome


@outcome("staff cost", unit="USD/1,000 persons/month", better="lower")
def staff_cost(record: Record) -> float:
    """Wages of the reviewers for 30 days, per 1,000 persons on the platform."""
    staff = record.scenario.policy.moderation.reviewers
    persons = record.users * record.scenario.world.persons_per_user
    return staff.count * staff.hours_per_day * 30.0 * staff.cost_per_hour * 1000.0 / persons


@outcome("cases still waiting at the end", unit="cases/1,000 users", better="lower")
def backlog(record: Record) -> float:
    """Cases in the queue at the end of the run, per 1,000 users."""
    ticks = record.frame("ticks")
    last = ticks[ticks["tick"] == ticks["tick"].max()]
    return 1000.0 * float(last["backlog"].sum()) / record.users


@outcome("posts in private places looked at by a scanner", unit="posts/1,000 users", better="lower")
def private_scanned(record: Record) -> float:
    """Tracked posts in venues by invitation and direct chats that were scanned, per 1,000 users."""
    return 1000.0 * record.totals["private_scanned"] / record.users
