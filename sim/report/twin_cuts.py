"""What the policy cut off a cascade: the one act behind each branch that is missing under it."""

from dataclasses import dataclass, field
from pathlib import Path

from sim.experiment.store import read_table
from sim.experiment.wording import joined
from sim.report.twin_tree import Key, Node, children_of
from sim.scenario.scenario import Scenario
from sim.vocabulary import DIRECT_KEY

_MARKS = {
    "label": "label",
    "downrank": "downranking",
    "friction": "friction prompt",
    "restrict": "forwarding restriction",
    "geo-block": "geo-block",
    "correct": "correction",
}
LATER = "later effects of earlier cuts (fewer readers to forward it, or less attention left for it)"
NO_START = "first posts that were not made (nothing was done to their author or place: a later effect of the policy)"
BLOCKED_UPLOAD = "uploads that were blocked as copies of known items"
LIMIT = "the limit on forwards"
PLATFORM_BLOCK = "the block of the platform, and what followed from it"


_FOR_GOOD = 1 << 60


@dataclass(frozen=True)
class Cut:
    """Something that the policy did, and what it cut off."""

    words: str
    branches: int
    """Branches that are missing; 0 where only a post that is there under both lost readers."""
    readers: int
    tick: int
    culprit: Key | None


@dataclass(frozen=True)
class Acts:
    """What was done under the policy, as far as it bears on one item."""

    banned: dict[tuple[str, int], list[tuple[int, int]]] = field(default_factory=dict)
    """First and last tick of each ban, by ('user' or 'venue', number)."""
    suspended: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """First and last tick of each suspension, by user."""
    marked: dict[int | None, list[tuple[int, str]]] = field(default_factory=dict)
    """Tick and words of each mark on a post of the item, by the key of its place; None for marks on every copy."""
    block: int | None = None
    """Tick from which the platform was blocked somewhere."""
    limit: int | None = None
    """Chats to which a forward goes at most, if the reference allows more."""
    viral_limit: int | None = None
    viral_hops: int = 0
    uploads_blocked: bool = False
    """Whether uploads of this item were blocked, and none were under the reference."""


def bans_of(folder: Path) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """Return first and last tick of each ban, by ('user' or 'venue', number): until an appeal, a return, a newcomer."""
    sanctions = read_table(folder, "sanctions", ("tick", "sanction", "subject")).to_pandas()
    what = [sanctions.rename(columns={"sanction": "what"})]
    if (folder / "moves.parquet").is_file():
        what.append(
            read_table(folder, "moves", ("tick", "move", "subject")).to_pandas().rename(columns={"move": "what"})
        )
    found: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for rows in what:
        for name, subject, tick in zip(rows["what"].astype(str), rows["subject"], rows["tick"], strict=True):
            who = ("venue" if name in ("ban-venue", "succeeded") else "user", int(subject))
            if name in ("ban-user", "ban-venue"):
                found.setdefault(who, []).append((int(tick), _FOR_GOOD))
            elif name in ("reinstate", "returned", "replaced", "succeeded"):
                found[who] = [(at, min(end, int(tick)) if at <= tick else end) for at, end in found.get(who, [])]
    return found


def suspensions_of(folder: Path, scenario: Scenario) -> dict[int, list[tuple[int, int]]]:
    """Return first and last tick of each suspension, by user: as long as the rung says that the strikes had reached."""
    ladder = sorted(
        (rung.at, scenario.time.ticks_for(rung.suspend)) for rung in scenario.policy.moderation.strikes.ladder
    )
    rows = read_table(folder, "sanctions", ("tick", "sanction", "subject")).to_pandas()
    lapse = scenario.policy.moderation.strikes.lapse
    lasting = _FOR_GOOD if lapse is None else scenario.time.ticks_for(lapse)
    strikes: dict[int, list[int]] = {}
    found: dict[int, list[tuple[int, int]]] = {}
    for tick, kind, subject in zip(rows["tick"], rows["sanction"].astype(str), rows["subject"], strict=True):
        user, now = int(subject), int(tick)
        if kind == "strike":
            strikes[user] = [at for at in strikes.get(user, []) if at > now - lasting] + [now]
        elif kind == "strike-lifted":
            strikes[user] = strikes.get(user, [])[:-1]
        elif kind == "suspend":
            reached = max(1, len(strikes.get(user, [])))
            lasts = [ticks for at, ticks in ladder if at <= reached] or [t for _, t in ladder[:1]]
            found.setdefault(user, []).append((now, now + (lasts[-1] if lasts else 0)))
        elif kind == "reinstate" and found.get(user):
            began, until = found[user][-1]
            found[user][-1] = began, min(until, now)
    return found


def marks_of(folder: Path, scenario: Scenario, item_key: int) -> dict[int | None, list[tuple[int, str]]]:
    """Return what was marked rather than removed of an item, and when, by place; every copy is under None."""
    if not (folder / "cases.parquet").is_file():
        return {}
    columns = ("place", "subject", "class", "source", "verdict", "acted")
    rows = read_table(folder, "cases", columns, [("subject", "==", item_key)]).to_pandas()
    rows = rows[(rows["acted"] >= 0) & (rows["verdict"].astype(str) == "upheld")]
    found: dict[int | None, list[tuple[int, str]]] = {}
    for place, content, source, acted in zip(
        rows["place"], rows["class"].astype(str), rows["source"].astype(str), rows["acted"], strict=True
    ):
        terms = scenario.policy.terms
        treatment = scenario.policy.moderation.orders.does if source == "order" else terms.get(content)
        words = joined([_MARKS[action] for action in treatment.actions if action in _MARKS]) if treatment else ""
        if treatment is not None and words:
            where = None if treatment.scope == "every-copy" else int(place)
            found.setdefault(where, []).append((int(acted), words))
    return found


def blocked_from(folder: Path) -> int | None:
    """Return the tick of the first block that locked people out; None if there was none, or moves were not kept."""
    if not (folder / "moves.parquet").is_file():
        return None
    moves = read_table(folder, "moves", ("tick", "move")).to_pandas()
    ticks = moves.loc[moves["move"] == "locked-out", "tick"]
    return int(ticks.min()) if len(ticks) else None


def _blocked_uploads(folder: Path, item: int) -> int:
    rows = read_table(folder, "items", ("item", "blocked"), [("item", "==", item)]).to_pandas()
    return int(rows["blocked"].sum())


def acts_of(folder: Path, before: Path, scenario: Scenario, reference: Scenario, item: int, item_key: int) -> Acts:
    """Return what was done in the run of a policy (in `folder`) and not in that of the reference (in `before`)."""
    features, others = scenario.policy.features, reference.policy.features

    def tighter(mine: int | None, theirs: int | None) -> int | None:
        return mine if mine is not None and (theirs is None or mine < theirs) else None

    return Acts(
        banned=bans_of(folder),
        suspended=suspensions_of(folder, scenario),
        marked=marks_of(folder, scenario, item_key),
        block=blocked_from(folder),
        limit=tighter(features.forward_limit, others.forward_limit),
        viral_limit=tighter(features.viral_forward_limit, others.viral_forward_limit),
        viral_hops=features.viral_hops,
        uploads_blocked=_blocked_uploads(folder, item) > 0 and _blocked_uploads(before, item) == 0,
    )


def find_cuts(nodes: dict[Key, Node], acts: Acts) -> list[Cut]:
    """Return what the policy cut off, by cause, the largest first; notes cause and culprit on the nodes."""
    children = children_of(nodes)
    sent: dict[tuple[int, Key], int] = {}
    for node in nodes.values():
        if "policy" in node.ticks:
            sent[node.key[0], node.parent] = sent.get((node.key[0], node.parent), 0) + 1
    found: dict[tuple[str, Key | None], list[tuple[int, int]]] = {}
    for key, node in nodes.items():
        parent = nodes.get(node.parent)
        if "policy" in node.ticks or (parent is not None and "policy" not in parent.ticks):
            continue
        node.cause, node.culprit, tick = _cause(node, parent, acts, sent)
        missing = _missing_readers(key, nodes, children)
        found.setdefault((node.cause, node.culprit), []).append((missing, tick))
    cuts = [
        Cut(cause, len(parts), sum(r for r, _ in parts), min(tick for _, tick in parts), culprit)
        for (cause, culprit), parts in found.items()
    ]
    return sorted(cuts, key=lambda cut: (-cut.readers, cut.tick))


def find_losses(nodes: dict[Key, Node], acts: Acts) -> list[Cut]:
    """Return what posts lost in readers that are there under both, by the act on them, the largest loss first."""
    found: dict[tuple[str, Key | None], list[tuple[int, int]]] = {}
    for key, node in nodes.items():
        fewer = node.total("reference") - node.total("policy")
        if len(node.ticks) < 2 or fewer <= 0:
            continue
        gone, before = node.removed.get("policy"), node.removed.get("reference")
        place = key[1] if key[1] >= 0 else DIRECT_KEY + key[0]
        acted: list[tuple[int, str, Key | None]]
        acted = [(tick, words, key) for where in (place, None) for tick, words in acts.marked.get(where, [])]
        if gone is not None and (before is None or gone < before):
            acted.append((gone, *_removal(node, gone, acts)))
        tick, words, culprit = min(acted, key=lambda act: act[:2]) if acted else (node.ticks["policy"], LATER, None)
        found.setdefault((words, culprit), []).append((fewer, tick))
    cuts = [
        Cut(words, 0, sum(fewer for fewer, _ in parts), min(tick for _, tick in parts), culprit)
        for (words, culprit), parts in found.items()
    ]
    return sorted(cuts, key=lambda cut: (-cut.readers, cut.tick))


def _removal(node: Node, gone: int, acts: Acts) -> tuple[str, Key | None]:
    """Return what took a post down: its own removal, or the ban of its channel or group."""
    if any(began == gone for began, _ in acts.banned.get(("venue", node.key[1]), [])):
        return f"the ban of {node.place} {node.key[1]}", None
    return "removal", node.key


def _cause(
    node: Node, parent: Node | None, acts: Acts, sent: dict[tuple[int, Key], int]
) -> tuple[str, Key | None, int]:
    """Return the act that cut a branch, the post on which it was, and its tick.

    What stopped the branch by itself comes first, then what was done to the post that it came from.
    """
    tick, (author, venue, _) = node.ticks["reference"], node.key
    for kind, number, words in (("user", author, f"the ban of user {author}"), ("venue", venue, "")):
        for began, until in acts.banned.get((kind, number), []):
            if began <= tick <= until:
                return words or f"the ban of {node.place} {venue}", None, began
    for began, until in acts.suspended.get(author, []):
        if began <= tick <= until:
            return f"the suspension of user {author}", None, began
    if parent is not None:
        if (gone := parent.removed.get("policy", tick + 1)) <= tick:
            return (*_removal(parent, gone, acts), gone)
        place = parent.key[1] if parent.key[1] >= 0 else DIRECT_KEY + parent.key[0]
        marked = [(at, words) for where in (place, None) for at, words in acts.marked.get(where, []) if at <= tick]
        if marked:
            at, words = min(marked)
            return words, parent.key, at
        viral = acts.viral_limit is not None and parent.hops >= acts.viral_hops
        limit = acts.viral_limit if viral else acts.limit
        if limit is not None and sent.get((author, node.parent), 0) >= limit:
            return LIMIT, None, tick
    if acts.block is not None and acts.block <= tick:
        return PLATFORM_BLOCK, None, tick
    if acts.uploads_blocked:
        return BLOCKED_UPLOAD, None, tick
    return (NO_START if parent is None else LATER), None, tick


def _missing_readers(key: Key, nodes: dict[Key, Node], children: dict[Key, list[Key]]) -> int:
    total, waiting = 0, [key]
    while waiting:
        here = waiting.pop()
        if "policy" not in nodes[here].ticks:
            total += nodes[here].total("reference")
            waiting += children.get(here, [])
    return total
