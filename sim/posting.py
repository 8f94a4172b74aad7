"""Posting, where users are agents: attempts become posts, or echoes; posts are taken down and put back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from numpy.typing import NDArray

from sim.draws import draw, draw3
from sim.rules.delay import Waits, stays_until
from sim.rules.detect import scannable
from sim.vocabulary import DIRECT_KEY, Purpose
from sim.world.posts import CHANNEL, DIRECT, FOREVER, NEVER, SECRET, PostLog, Slot

if TYPE_CHECKING:
    import numpy as np

    from sim.agents.platform import Platform
    from sim.agents.venue import Venue
    from sim.crowd.agents import AgentsCrowd
    from sim.scenario.policy import Policy
    from sim.scenario.scenario import Scenario


class Attempt(NamedTuple):
    """A post about to be made."""

    item: int
    place: int
    receiver: int
    author: int
    parent: int
    hops: int
    copied: bool
    source: int
    restored: bool = False
    """Whether the platform puts back what it took down."""


class Posting:
    """The part of a society of agents that commits posts."""

    config: "Scenario"
    policy: "Policy"
    platform: "Platform"
    acting: "AgentsCrowd"
    venues: "Sequence[Venue]"
    tick: int
    streams: dict[Purpose, int]
    platform_of: "NDArray[np.uint8]"
    secret_stream: int
    withdrawals: Waits
    item_keys: list[int]
    posts: PostLog
    slots: dict[tuple[int, int, int], Slot]
    live: list[set[Slot]]
    live_posts: int
    slots_of_item: list[list[Slot]]
    new_slots: list[Slot]
    to_restore: list[Attempt]
    item_marks: list[int]

    def count(self, item: int, measure: str, number: int = 1) -> None:
        """Add to a measure of an item and of its class."""
        raise NotImplementedError

    def is_secret(self, a: int, b: int) -> bool:
        """Whether two contacts talk in an end-to-end encrypted chat: a property of the tie."""
        share = self.config.world.direct.secret
        return bool(draw(self.secret_stream, min(a, b), max(a, b)) < share)

    def stays_until(self, item: int, sender: int) -> int:
        """Return the last tick in which a direct message sent now can be read."""
        if not len(self.withdrawals):
            return FOREVER
        u = draw(self.streams[Purpose.WITHDRAW], self.item_keys[item], sender)
        return int(stays_until(self.tick, u, self.withdrawals))

    def attempt(
        self, item: int, author: int, place: int, *, parent: int, hops: int, copied: bool, source: int
    ) -> Attempt:
        """Return an attempt to post in a place as its author names it: a venue, or DIRECT_KEY + receiver."""
        if place < DIRECT_KEY:
            return Attempt(item, place, NEVER, author, parent, hops, copied, source)
        return Attempt(item, DIRECT_KEY + author, place - DIRECT_KEY, author, parent, hops, copied, source)

    def first_post(self, item: int, author: int, place: int) -> Attempt:
        """Return the attempt of an originator."""
        source = place if place < DIRECT_KEY else NEVER
        return self.attempt(item, author, place, parent=NEVER, hops=0, copied=False, source=source)

    def place_posts(self, attempts: list[Attempt]) -> None:
        """Commit posts together: in each slot a keyed draw says which is the post, the others echo it."""
        by_slot: dict[tuple[int, int, int], list[Attempt]] = {}
        for attempt in self._let_through(attempts):
            by_slot.setdefault(attempt[:3], []).append(attempt)
        stream = self.streams[Purpose.SLOT_POST]
        for where in sorted(by_slot):
            item, place, _ = where
            rivals = by_slot[where]
            if len(rivals) > 1:
                key = self.item_keys[item]
                rivals.sort(key=lambda a: (draw3(stream, key, a.place, a.author), a.author))
            slot = self.slots.get(where) or self._new_slot(where)
            for attempt in rivals:
                echo = slot.live
                row = self.posts.add(
                    item=item,
                    author=attempt.author,
                    place=place,
                    receiver=attempt.receiver,
                    kind=slot.kind,
                    tick=self.tick,
                    parent=attempt.parent,
                    hops=attempt.hops,
                    copied=int(attempt.copied),
                    echo=int(echo),
                    source=attempt.source,
                )
                self.count(item, "echoes" if echo else "restored" if attempt.restored else "posts")
                if echo:
                    slot.rows.append(row)
                else:
                    slot.open(self.tick, row)
                    slot.marks = 0 if self.is_elsewhere(slot) else self.item_marks[item]
                    slot.cleared = attempt.restored
                    slot.until = self.stays_until(item, attempt.author) if slot.venue < 0 else FOREVER
                    self.live[item].add(slot)
                    self.live_posts += 1
                    self.new_slots.append(slot)
                    self.acting.announce(slot)

    def _new_slot(self, where: tuple[int, int, int]) -> Slot:
        item, place, receiver = where
        if place < DIRECT_KEY:
            venue = self.venues[place]
            slot = Slot(item, place, receiver, venue.kind, venue.private)
            venue.slots[item] = slot
        else:
            secret = self.is_secret(place - DIRECT_KEY, receiver)
            slot = Slot(item, place, receiver, SECRET if secret else DIRECT, True)
        self.slots[where] = slot
        self.slots_of_item[item].append(slot)
        return slot

    def _let_through(self, attempts: list[Attempt]) -> list[Attempt]:
        """Stop the uploads that match a hash of a known item, where the policy looks."""
        platform = self.platform
        if not platform.matches:
            return attempts
        spec, stream, passed = self.policy.moderation.hashes, self.streams[Purpose.HASH_MATCH], []
        for attempt in attempts:
            item, place, author = attempt.item, attempt.place, attempt.author
            if place < DIRECT_KEY:
                private, secret = self.venues[place].private, False
            else:
                private, secret = True, self.is_secret(author, attempt.receiver)
            kind = SECRET if secret else DIRECT if place >= DIRECT_KEY else CHANNEL
            looks = scannable(kind, private, spec.private_venues, spec.direct_chats, spec.secret_chats)
            looks = looks and (place >= DIRECT_KEY or not self.platform_of[place])
            if attempt.restored or not looks:
                passed.append(attempt)
                continue
            platform.private_matched += private
            u = draw(stream, self.item_keys[item], author) if attempt.copied else 0.0
            if platform.hashed[item] and u < (spec.copied if attempt.copied else 1.0):
                self.count(item, "blocked")
            else:
                passed.append(attempt)
        return passed

    def restore(self, slot: Slot) -> None:
        """Put back in the next tick what was taken down in a venue."""
        posts, row = self.posts, slot.row
        self.to_restore.append(
            Attempt(
                slot.item,
                slot.place,
                NEVER,
                posts.author[row],
                posts.parent[row],
                posts.hops[row],
                bool(posts.copied[row]),
                posts.source[row],
                True,
            )
        )

    def is_elsewhere(self, slot: Slot) -> bool:
        """Whether a slot is in a venue of another platform."""
        return slot.venue >= 0 and bool(self.platform_of[slot.venue])

    def take_down(self, slot: Slot, measure: str = "removed") -> None:
        """End the interval of a slot: its post and the echoes are removed, effective from the next tick."""
        slot.close(self.tick)
        self.live[slot.item].discard(slot)
        self.live_posts -= 1
        for row in slot.rows:
            self.posts.removed[row] = self.tick
            self.count(slot.item, measure)
