"""Talk about a contested claim: people come to believe it or its refutation from contacts, check, and forget.

Tambuscio, Ruffo, Flammini and Menczer 2015, Fact-checking effect on viral hoaxes, eq. 1-2.
"""

from sim.arithmetic import compiled

UNDECIDED, BELIEVER, CHECKER = range(3)


@compiled
def held_after_talk(
    held: int,
    u: float,
    believers: int,
    checkers: int,
    spreading: float,
    credibility: float,
    forgetting: float,
    verifying: float,
) -> int:
    """Return what a person holds after a tick of talk, by one draw `u`; believers and checkers are her contacts.

    The undecided are won over with probability `spreading`, by the side that weighs more: a believer 1 + credibility,
    a checker 1 - credibility. Believers check, or forget; checkers forget.
    """
    if held == BELIEVER:
        if u < verifying:
            return CHECKER
        return UNDECIDED if u < verifying + forgetting else BELIEVER
    if held == CHECKER:
        return UNDECIDED if u < forgetting else CHECKER
    for_it, against = believers * (1.0 + credibility), checkers * (1.0 - credibility)
    if for_it + against <= 0.0:
        return UNDECIDED
    won = spreading * for_it / (for_it + against)
    if u < won:
        return BELIEVER
    return CHECKER if u < won + spreading * against / (for_it + against) else UNDECIDED
