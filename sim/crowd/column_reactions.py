"""What users of a compiled run notice and decide, phase by phase: reading, reacting, telling, moving."""

import numpy as np
from numpy.typing import NDArray

from sim.crowd.asking import ask_noticing, ask_places, ask_reactions
from sim.crowd.column_moves import ColumnMoves
from sim.crowd.columns import (
    attempts,
    meeting,
    moving,
    passing,
    reacting,
    reading,
    talking,
    telling,
)
from sim.crowd.columns.believing import forget
from sim.crowd.columns.calendar import room_for, take
from sim.crowd.columns.noticed import (
    ADOPTIONS,
    AGAIN,
    HIT,
    JOINS,
    LEAVES,
    PASSES,
    Decisions,
    Noticed,
    nothing_noticed,
    room_for_decisions,
)
from sim.crowd.columns.passed import room_for_passed
from sim.crowd.columns.sights import larger_pool, room_for_often
from sim.scenario.user_rules import NOTICE
from sim.sorting import sort_by_high, sort_numbers
from sim.vocabulary import Purpose
from sim.world.people import INTEREST

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]


class ColumnReactions(ColumnMoves):
    """The phases in which users read and react."""

    def read(self, tick: int) -> None:
        """Let everyone whose moment has come notice, or not, the posts that are still up."""
        looks = take(self.calendar, tick)
        if not len(looks):
            self.noticed = nothing_noticed()
            return
        who, hits = np.empty(len(looks) + 1, dtype=np.int64), np.empty(len(looks) + 1, dtype=HIT)
        asked = np.empty((2, len(who) if self.model.own.asks[NOTICE] else 0))
        count = reading.read(
            looks,
            tick,
            self.posts.rows,
            self.items,
            self.members.now,
            self.persons,
            self._platform_of,
            self.rules,
            who,
            hits,
            asked[0],
            asked[1],
        )
        self.noticed = Noticed(who[:count], hits[:count])
        if count and len(asked[0]):
            self.noticed = ask_noticing(self, self.noticed, asked[0, :count], asked[1, :count])

    def react(self, tick: int) -> None:
        """Let everyone who noticed something decide; then commit who leaves and who joins."""
        if self.model.forgetting and tick % self.model.config.time.ticks_per_day == 0:
            forget(self.belief, self.model.world.people.belief, self.model.forgetting)
        self._talk(tick)
        self._meet(tick)
        who, hits = self.noticed
        if not len(who):
            self.decisions = self._nothing
            return
        sort_by_high(who, np.empty_like(who), 32, len(self.users))
        self.sights = room_for_often(self.sights, len(who))
        self.exposures += len(who)
        if len(self.held):
            self.held[:] = self.belief
        topics, asks = len(self.model.config.topics), self.model.own.asks
        out = self._lists = room_for_decisions(self._lists, len(who), topics, asks)
        self.decisions = out
        done = 0
        while True:
            done = reacting.react(
                who,
                hits,
                self.posts.rows,
                self.items,
                self.members.now,
                self.persons,
                self.held,
                self.sights,
                self.rules,
                self.streams,
                len(self.model.config.topics),
                self._illegal_somewhere,
                self.measure["illegal_views"],
                self.by_class,
                done,
                out,
            )
            if done == len(who):
                break
            self.sights = larger_pool(self.sights)
        if asks.any():
            ask_reactions(self, out, hits)
        self._count_views(np.ascontiguousarray(hits["post"]), out.again_post[: out.fill[AGAIN]], tick)
        self._count_items(out.adopt_item[: out.fill[ADOPTIONS]], "adoptions")
        self._pass_on(out, tick)
        self._move(out, tick)

    def _count_views(self, seen_post: Numbers, again_post: Numbers, tick: int) -> None:
        for posts in (seen_post, again_post):
            sort_numbers(posts, np.empty_like(posts), self.posts.count)
        batch = reacting.count_views(
            seen_post,
            again_post,
            self.posts.rows,
            self.items,
            self.members.now.platform,
            self.measure["views"],
            self.measure["new_readers"],
            self.by_class,
        )
        if self.views_out is not None:
            self.views_out(tick, batch)
        elif self._keep_views:
            self.view_batches.append((tick, batch))

    def _plan_encounters(self) -> None:
        outside, stream = self.model.outside, self.model.streams[Purpose.OUTSIDE]
        for source in range(len(outside)):
            self.encounters = room_for(self.encounters, len(self.users))
            meeting.plan_encounters(
                stream,
                source,
                outside.key[source],
                outside.met[source],
                outside.waits[source],
                self.persons,
                self.encounters,
            )

    def _meet(self, tick: int) -> None:
        outside = self.model.outside
        if not len(outside):
            return
        events = np.sort(take(self.encounters, tick))
        self.encounters = room_for(self.encounters, len(events))
        meeting.meet(
            events,
            tick,
            self.model.streams[Purpose.OUTSIDE],
            outside.key,
            outside.topic,
            outside.persuasion,
            outside.target,
            outside.waits,
            INTEREST + len(self.model.config.topics),
            self.persons,
            self.encounters,
        )

    def _talk(self, tick: int) -> None:
        made = self.model.items
        for item, held in self.claims.items():
            contest = self.model.contests[made.stream[item]]
            if contest is not None and made.tick[item] < tick:
                self.claims[item], won = talking.talk(
                    held,
                    tick,
                    self.persons.ties,
                    self.model.streams[Purpose.TALK],
                    made.key[item],
                    contest.spreading,
                    contest.credibility,
                    contest.forgetting,
                    contest.verifying,
                )
                self._count_items(np.full(won, item, dtype=np.int32), "adoptions")

    def _pass_on(self, out: Decisions, tick: int) -> None:
        passes = int(out.fill[PASSES])
        if not passes:
            return
        users = out.pass_user[:passes]
        members = self.members.now
        if len(self.rules.tellings):
            self._begin_telling(out, passes, tick)
            return
        total, most = attempts.places_bound(users, members, self.persons)
        if self.rules.max_forwards.max() > 1:
            self.passed = room_for_passed(self.passed, passes, total + passes)
        else:
            self.passed = room_for_passed(self.passed, passes, passes)
        room = self._room_for_attempts(self._first + total, self._receivers + total)
        forwarded = np.empty(passes, dtype=np.int32)
        first, chosen = ask_places(self, out, passes, tick, total, most)
        self._end, self._receivers, decisions = passing.pass_on(
            users,
            out.pass_post[:passes],
            out.pass_at[:passes],
            tick,
            most,
            self.posts.rows,
            self.items,
            members,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            room,
            self._first,
            self._receivers,
            forwarded,
            first,
            chosen,
        )
        self._count_items(forwarded[:decisions], "forwards")

    def _begin_telling(self, out: Decisions, passes: int, tick: int) -> None:
        self.passed = room_for_passed(self.passed, passes, passes)
        self.tells = room_for(self.tells, passes)
        telling.begin_telling(
            out.pass_user[:passes],
            out.pass_post[:passes],
            out.pass_at[:passes],
            tick,
            self.posts.rows,
            self.items,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            self.tells,
        )

    def _tell(self, tick: int) -> None:
        events = take(self.tells, tick)
        if not len(events):
            return
        self.passed = room_for_passed(self.passed, 0, len(events))
        self.tells = room_for(self.tells, len(events))
        forwarded = np.empty(len(events), dtype=np.int32)
        self._end, self._receivers, sent = telling.tell(
            events,
            tick,
            self.posts.rows,
            self.items,
            self.persons,
            self.rules,
            self.streams,
            self.sights,
            self.passed,
            self.tells,
            self._room_for_attempts(self._end + len(events), self._receivers + len(events)),
            self._end,
            self._receivers,
            forwarded,
        )
        self._count_items(forwarded[:sent], "forwards")

    def _move(self, out: Decisions, tick: int) -> None:
        leavers, joiners = int(out.fill[LEAVES]), int(out.fill[JOINS])
        members = self.members.reserve(joiners, leavers)
        if leavers:
            moving.leave(out.leave_venue[:leavers], out.leave_user[:leavers], members, self.persons)
        if joiners:
            venues, users = out.join_venue[:joiners], out.join_user[:joiners]
            order = np.lexsort((moving.join_draws(venues, users, self.streams.join_order), venues))
            self.take_in(venues[order], users[order], tick)
