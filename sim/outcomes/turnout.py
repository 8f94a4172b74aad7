"""What people do outside: turnout at events."""

from sim.outcomes.record import Record
from sim.registry import outcome

_NAN = float("nan")


@outcome("people who turned out at an event, all events together", unit="users/1,000 users", better="lower")
def turnout(record: Record) -> float:
    """Turnout over all events, per 1,000 users; not defined without events."""
    if not record.events:
        return _NAN
    return 1000.0 * sum(float(event["turnout"]) for event in record.events) / record.users


@outcome("runs in which the first event happened", unit="% of runs", better="lower")
def happened(record: Record) -> float:
    """100 if the turnout of the first event of the scenario reaches its `happens_at`, else 0."""
    if not record.events:
        return _NAN
    first = next(iter(record.scenario.events))
    reached = record.scenario.events[first].happens_at * record.users / 1000.0
    return 100.0 * any(e["event"] == first and float(e["turnout"]) >= reached for e in record.events)


@outcome("people who had heard of the first event", unit="% of users", better="neither")
def heard_of(record: Record) -> float:
    """Users who saw a call or heard of the first event elsewhere, where it was to happen."""
    return 100.0 * float(record.events[0]["heard"]) / record.users if record.events else _NAN
