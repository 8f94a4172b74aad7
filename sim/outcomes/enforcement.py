"""What was taken down, rightly and wrongly, how fast, and who was punished."""

import numpy as np
import pandas as pd

from sim.outcomes.record import Record
from sim.registry import outcome
from sim.vocabulary import ORDINARY

_NAN = float("nan")


def here(record: Record) -> "pd.Series[bool]":
    """Return which posts are on the platform under study."""
    posts = record.frame("posts")
    if not record.scenario.world.elsewhere:
        return pd.Series(data=True, index=posts.index)
    return posts["platform"] == record.scenario.platform.name


def _removed(record: Record) -> tuple[int, int]:
    """Return illegal and lawful posts removed; ordinary posts are lawful."""

    def count() -> tuple[int, int]:
        posts = record.frame("posts")
        illegal = posts.loc[(posts["removed_at"] >= 0) & here(record), "illegal"]
        ordinary = int(record.by_class()["removed"][ORDINARY])
        return int(illegal.sum()), int((~illegal).sum()) + ordinary

    return record.once("removed posts", count)


@outcome("lawful posts removed (tracked and ordinary)", unit="posts/1,000 users", better="lower")
def lawful_removed(record: Record) -> float:
    """Removed posts whose class is lawful in the author's country, whoever removed them, per 1,000 users."""
    return 1000.0 * _removed(record)[1] / record.users


@outcome("illegal posts removed", unit="posts/1,000 users", better="neither")
def illegal_removed(record: Record) -> float:
    """Removed posts whose class is illegal in the author's country, per 1,000 users."""
    return 1000.0 * _removed(record)[0] / record.users


@outcome("precision: share of the removed posts that are illegal", unit="%", better="higher")
def removal_precision(record: Record) -> float:
    """Illegal posts among the removed ones; not defined if none was removed. Conditional on the policy's own choice."""
    illegal, lawful = _removed(record)
    return 100.0 * illegal / (illegal + lawful) if illegal + lawful else _NAN


def taken_down_within(posts: pd.DataFrame, ticks: int, end: int) -> float:
    """Cumulative incidence of removal `ticks` after posting (Kaplan-Meier; posts near the end are censored), 0-1."""
    stay = np.where(posts["removed_at"] >= 0, posts["removed_at"], end) - posts["tick"]
    gone = (posts["removed_at"] >= 0).to_numpy()
    stay = np.asarray(stay)
    surviving = 1.0
    for t in np.unique(stay[gone & (stay <= ticks)]):
        at_risk = int((stay >= t).sum())
        surviving *= 1.0 - int((gone & (stay == t)).sum()) / at_risk
    return 1.0 - surviving


@outcome("share of illegal posts taken down within a day", unit="%", better="higher")
def illegal_down_in_a_day(record: Record) -> float:
    """Cumulative incidence of removal 24 hours after posting among illegal posts, with censoring at the run's end."""
    posts = record.frame("posts")
    illegal = posts[posts["illegal"] & here(record)]
    time = record.scenario.time
    return 100.0 * taken_down_within(illegal, time.ticks_per_day, time.ticks) if len(illegal) else _NAN


@outcome("users punished for something that broke no rule", unit="users/1,000 users", better="lower")
def wrongly_sanctioned(record: Record) -> float:
    """Users with a strike, suspension or ban over a post that the terms do not touch, per 1,000 users."""
    sanctions = record.frame("sanctions")
    wrong = sanctions[sanctions["wrong"] & sanctions["sanction"].isin(["strike", "suspend", "ban-user"])]
    return 1000.0 * int(wrong["subject"].nunique()) / record.users


@outcome("users banned", unit="users/1,000 users", better="neither")
def users_banned(record: Record) -> float:
    """Users who were banned, reinstated or not, per 1,000 users."""
    return 1000.0 * int((record.frame("sanctions")["sanction"] == "ban-user").sum()) / record.users


@outcome("channels and groups banned", unit="venues/1,000 users", better="neither")
def venues_banned(record: Record) -> float:
    """Banned channels and groups, per 1,000 users."""
    return 1000.0 * int((record.frame("sanctions")["sanction"] == "ban-venue").sum()) / record.users


def _sum(record: Record, measure: str) -> float:
    return 1000.0 * int(record.by_class()[measure].sum()) / record.users


@outcome("users suspended", unit="users/1,000 users", better="neither")
def users_suspended(record: Record) -> float:
    """Users who were suspended at least once, per 1,000 users."""
    sanctions = record.frame("sanctions")
    return 1000.0 * int(sanctions.loc[sanctions["sanction"] == "suspend", "subject"].nunique()) / record.users


@outcome("uploads stopped before publication", unit="posts/1,000 users", better="neither")
def uploads_blocked(record: Record) -> float:
    """Uploads that matched a hash of a known item, per 1,000 users."""
    return _sum(record, "blocked")


@outcome("posts put back after an appeal", unit="posts/1,000 users", better="neither")
def posts_restored(record: Record) -> float:
    """Posts, ordinary ones too, that were put back because an objection was upheld, per 1,000 users."""
    return _sum(record, "restored")


@outcome("share of the orders of authorities that are obeyed", unit="%", better="neither")
def orders_obeyed(record: Record) -> float:
    """Orders that were not refused; not defined if there were none."""
    cases = record.frame("cases")
    orders = cases[cases["source"] == "order"]
    return 100.0 * float((orders["verdict"] != "refused").mean()) if len(orders) else _NAN
