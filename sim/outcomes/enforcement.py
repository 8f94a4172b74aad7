"""What was taken down, rightly and wrongly, how fast, and who was punished."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.outcomes.lost_speech import fell_with_venue
from sim.outcomes.record import Record
from sim.registry import outcome
from sim.vocabulary import ORDINARY

_NAN = float("nan")


def here(record: Record) -> NDArray[np.bool_]:
    """Return which posts are on the platform under study."""
    return record.says("posts", "platform", record.scenario.platform.name)


def _removed(record: Record) -> tuple[int, int]:
    """Return illegal and lawful posts removed; ordinary posts are lawful."""

    def count() -> tuple[int, int]:
        illegal = record.numbers("posts", "illegal")[(record.numbers("posts", "removed_at") >= 0) & here(record)]
        ordinary = record.by_class("removed")[ORDINARY]
        return int(illegal.sum()), int((~illegal).sum()) + ordinary

    return record.once("removed posts", count)


@outcome("lawful posts removed by mistake, post by post", unit="posts/1,000 users", better="lower")
def lawful_removed(record: Record) -> float:
    """Removed posts, tracked and ordinary, whose class is lawful in the author's country, whoever removed them, per
    1,000 users. Posts that came down with a banned channel or group are not among them: see `lost_posts`.
    """
    with_venue = int((fell_with_venue(record) & ~record.numbers("posts", "illegal")).sum())
    return 1000.0 * (_removed(record)[1] - with_venue) / record.users


@outcome("illegal posts removed", unit="posts/1,000 users", better="neither")
def illegal_removed(record: Record) -> float:
    """Removed posts whose class is illegal in the author's country, per 1,000 users."""
    return 1000.0 * _removed(record)[0] / record.users


@outcome("precision: share of removed posts that are illegal", unit="%", better="higher")
def removal_precision(record: Record) -> float:
    """Illegal posts among the removed ones; not defined if none was removed. Conditional on the policy's own choice."""
    illegal, lawful = _removed(record)
    return 100.0 * illegal / (illegal + lawful) if illegal + lawful else _NAN


def taken_down_within(removed: NDArray[Any], posted: NDArray[Any], ticks: int, end: int) -> float:
    """Cumulative incidence of removal `ticks` after posting (Kaplan-Meier; posts near the end are censored), 0-1.

    `removed`: tick of the removal of each post, -1 if it stayed.
    """
    gone = removed >= 0
    stay = np.where(gone, removed, end) - posted
    surviving = 1.0
    for t in np.unique(stay[gone & (stay <= ticks)]):
        at_risk = int((stay >= t).sum())
        surviving *= 1.0 - int((gone & (stay == t)).sum()) / at_risk
    return 1.0 - surviving


@outcome("share of illegal posts removed within 24 hours", unit="%", better="higher")
def illegal_down_in_a_day(record: Record) -> float:
    """Cumulative incidence of removal 24 hours after posting among illegal posts, with censoring at the run's end."""
    illegal, time = record.numbers("posts", "illegal") & here(record), record.scenario.time
    removed, posted = (record.numbers("posts", name)[illegal] for name in ("removed_at", "tick"))
    return 100.0 * taken_down_within(removed, posted, time.ticks_per_day, time.ticks) if len(removed) else _NAN


def _sanctioned(record: Record, *kinds: str) -> NDArray[np.bool_]:
    return record.says("sanctions", "sanction", *kinds)


def _subjects(record: Record, which: NDArray[np.bool_]) -> float:
    return 1000.0 * len(np.unique(record.numbers("sanctions", "subject")[which])) / record.users


@outcome("users wrongly sanctioned", unit="users/1,000 users", better="lower")
def wrongly_sanctioned(record: Record) -> float:
    """Users with a strike, suspension or ban over a post that the terms do not touch, per 1,000 users."""
    wrong = record.numbers("sanctions", "wrong") & _sanctioned(record, "strike", "suspend", "ban-user")
    return _subjects(record, wrong)


@outcome("users banned", unit="users/1,000 users", better="neither")
def users_banned(record: Record) -> float:
    """Users who were banned, reinstated or not, per 1,000 users."""
    return 1000.0 * int(_sanctioned(record, "ban-user").sum()) / record.users


@outcome("channels and groups banned", unit="venues/1,000 users", better="neither")
def venues_banned(record: Record) -> float:
    """Banned channels and groups, per 1,000 users."""
    return 1000.0 * int(_sanctioned(record, "ban-venue").sum()) / record.users


def _sum(record: Record, measure: str) -> float:
    return 1000.0 * sum(record.by_class(measure).values()) / record.users


@outcome("users suspended", unit="users/1,000 users", better="neither")
def users_suspended(record: Record) -> float:
    """Users who were suspended at least once, per 1,000 users."""
    return _subjects(record, _sanctioned(record, "suspend"))


@outcome("uploads stopped before publication", unit="posts/1,000 users", better="neither")
def uploads_blocked(record: Record) -> float:
    """Uploads that matched a hash of a known item, per 1,000 users."""
    return _sum(record, "blocked")


@outcome("posts put back after an appeal", unit="posts/1,000 users", better="neither")
def posts_restored(record: Record) -> float:
    """Posts, ordinary ones too, that were put back because an objection was upheld, per 1,000 users."""
    return _sum(record, "restored")


@outcome("share of removal orders obeyed", unit="%", better="neither")
def orders_obeyed(record: Record) -> float:
    """Orders that were not refused; not defined if there were none."""
    orders, refused = record.says("cases", "source", "order"), record.says("cases", "verdict", "refused")
    return 100.0 * float((~refused[orders]).mean()) if orders.any() else _NAN
