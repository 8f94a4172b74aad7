"""What users do outside: turnout at events."""

from sim.outcomes.record import Record
from sim.registry import outcome

_NAN = float("nan")


@outcome("turnout at events", unit="users/1,000 local users", better="lower")
def turnout(record: Record) -> float:
    """Users who went, for each 1,000 who live where the event was to happen, summed over events.

    Not defined without events.
    """
    if not record.events:
        return _NAN
    return float(sum(1000.0 * event["turnout"] / max(event["local"], 1) for event in record.events))


@outcome("simulations in which the first event happened", unit="% of runs", better="lower")
def happened(record: Record) -> float:
    """100 if the turnout of the first event of the scenario reaches its `happens_at`, else 0."""
    if not record.events:
        return _NAN
    first = next(iter(record.scenario.events))
    least = record.scenario.events[first].happens_at
    reached = [
        1000.0 * event["turnout"] >= least * event["local"] for event in record.events if event["event"] == first
    ]
    return 100.0 * any(reached)


@outcome("users who had heard of the first event", unit="% of local users", better="neither")
def heard_of(record: Record) -> float:
    """Users who saw a call or heard of the first event elsewhere, of those who live where it was to happen."""
    if not record.events:
        return _NAN
    return float(100.0 * record.events[0]["heard"] / max(record.events[0]["local"], 1))
