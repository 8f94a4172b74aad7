"""The law: whether the record of the platform meets what a regime asks for, and what followed."""

from sim.law.diligence import MET
from sim.outcomes.record import Record
from sim.registry import outcome

_NAN = float("nan")


@outcome(
    "simulations in which the conditions for the heaviest sanction of some law are met at the end",
    unit="% of runs",
    better="lower",
)
def liable(record: Record) -> float:
    """100 if, in some regime that applies, every element of the last step of its ladder is met; else 0.

    Computed with perfect knowledge of what is illegal; no legal finding. Not defined without regimes.
    """
    if not record.law:
        return _NAN
    found = 0.0
    for finding in record.law:
        ladder = record.scenario.law.regimes[finding["regime"]].ladder
        met = {element["name"] for element in finding["elements"] if element["verdict"] == MET}
        if finding["applies"] and ladder and set(ladder[-1].needs) <= met:
            found = 100.0
    return found


def _happened(record: Record, event: str) -> int:
    return int(record.says("legal", "event", event).sum())


@outcome("simulations in which the executive is arrested", unit="% of runs", better="neither")
def arrested(record: Record) -> float:
    """100 if an arrest happened, else 0; not defined without regimes."""
    return 100.0 * (_happened(record, "arrest") > 0) if record.law else _NAN


@outcome("fines", unit="USD/1,000 persons", better="neither")
def fines(record: Record) -> float:
    """Fines imposed, per 1,000 persons on the platform; not defined without regimes."""
    if not record.law:
        return _NAN
    persons = record.users * record.scenario.world.persons_per_user
    return 1000.0 * float(record.numbers("legal", "value")[record.says("legal", "event", "fine")].sum()) / persons


@outcome("valid notices ignored or refused (under the law with the highest share)", unit="%", better="lower")
def notices_ignored(record: Record) -> float:
    """Largest share over the regimes, of the notices whose deadline is over; not defined where there are none."""
    shares = [
        f["record"]["ignored_share"] for f in record.law if f["record"]["ignored_share"] == f["record"]["ignored_share"]
    ]
    return max(shares) if shares else _NAN


@outcome("data requests answered", unit="requests/1,000 persons/year", better="neither")
def requests_answered(record: Record) -> float:
    """Answered requests of all regimes, per 1,000 persons on the platform and year; not defined without regimes.

    A regime sends `requests` of them for each author of whom it hears, and a simulated user stands for as many authors
    as for persons.
    """
    if not record.law:
        return _NAN
    answers, total = record.says("legal", "event", "answer"), 0.0
    for name, regime in record.scenario.law.regimes.items():
        total += regime.requests * int((answers & record.says("legal", "regime", name)).sum())
    return 1000.0 * total / record.users * 365.0 / record.scenario.time.days


@outcome("users locked out by a block", unit="users/1,000 users", better="lower")
def locked_out(record: Record) -> float:
    """People kept from the platform by blocks, counted at each block, per 1,000 users."""
    members = record.numbers("moves", "members")[record.says("moves", "move", "locked-out")]
    return 1000.0 * float(members.sum()) / record.users
