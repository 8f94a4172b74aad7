"""What moderation costs: staff, waiting, and private messages looked at."""

from sim.outcomes.record import Record
from sim.registry import outcome
from sim.vocabulary import TICK_CLASSES


@outcome("staff cost", unit="USD/1,000 persons/month", better="lower")
def staff_cost(record: Record) -> float:
    """Wages of the reviewers for 30 days, per 1,000 persons on the platform; a policy counts while it holds."""
    scenario = record.scenario
    persons, policies = record.users * scenario.world.persons_per_user, record.policies
    ends = [tick for tick, _ in policies[1:]] + [scenario.time.ticks]
    cost = 0.0
    for (begin, policy), end in zip(policies, ends, strict=True):
        staff, held = policy.moderation.reviewers, (end - begin) / scenario.time.ticks
        cost += staff.employed(persons) * staff.hours_per_day * 30.0 * staff.cost_per_hour * held
    return cost * 1000.0 / persons


@outcome("cases waiting for review at the end", unit="cases/1,000 users", better="lower")
def backlog(record: Record) -> float:
    """Cases in the queue at the end of the run, per 1,000 users."""
    return 1000.0 * float(record.numbers("ticks", "backlog")[-len(TICK_CLASSES) :].sum()) / record.users


@outcome("accuracy prompts shown", unit="prompts/1,000 users", better="neither")
def prompts(record: Record) -> float:
    """Accuracy prompts that appeared before users forwarded a claim, per 1,000 users."""
    return 1000.0 * record.totals.get("asked of accuracy-prompt: forward", 0.0) / record.users


@outcome("posts scanned in private channels, groups and chats", unit="posts/1,000 users", better="lower")
def private_scanned(record: Record) -> float:
    """Tracked posts in venues by invitation and direct chats that were scanned, per 1,000 users."""
    return 1000.0 * record.totals["private_scanned"] / record.users


@outcome("messages in secret chats scanned on users' devices", unit="posts/1,000 users", better="lower")
def secret_scanned(record: Record) -> float:
    """Messages in end-to-end encrypted chats at which a client-side scanner looked, per 1,000 users."""
    return 1000.0 * record.totals["secret_scanned"] / record.users


@outcome(
    "uploads to private channels, groups and chats matched against hashes", unit="posts/1,000 users", better="lower"
)
def private_matched(record: Record) -> float:
    """Uploads to venues by invitation and one-to-one chats that were matched against hashes, per 1,000 users."""
    return 1000.0 * record.totals["private_matched"] / record.users
