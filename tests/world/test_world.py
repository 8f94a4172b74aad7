"""Worlds: what the generators promise."""

import gzip

import networkx as nx
import numpy as np
import pytest

from sim.errors import DataError
from sim.scenario.people import BarabasiAlbert, ConfigurationModel, EdgeList, StochasticBlocks, WattsStrogatz
from sim.scenario.scenario import Scenario
from sim.scenario.spread import LogNormal
from sim.world.build import make_world, settle_users
from sim.world.contacts import barabasi_albert, configuration, make_contacts, read_edge_list
from sim.world.items import make_items
from tests.small import small_scenario


def test_preferential_attachment_has_its_degrees():
    contacts = barabasi_albert(BarabasiAlbert(ties=4), 3000, 7)
    graph = contacts.graph()
    assert graph.number_of_edges() == 4 * 5 // 2 + 4 * (3000 - 5)
    degrees = np.array([d for _, d in graph.degree])
    assert degrees.min() == 4
    assert degrees.max() > 80
    tail = degrees[degrees >= 8]
    assert 1 + len(tail) / np.log(tail / 7.5).sum() == pytest.approx(3.0, abs=0.3)
    assert nx.is_connected(graph)


def test_configuration_model_has_a_power_law_tail():
    contacts = configuration(ConfigurationModel(exponent=2.5, minimum=3, maximum=300), 5000, 7)
    degrees = contacts.degrees()
    assert degrees.min() >= 1
    assert degrees.max() > 60
    tail = degrees[degrees >= 6]
    assert 1 + len(tail) / np.log(tail / 5.5).sum() == pytest.approx(2.5, abs=0.25)
    for user in range(0, 5000, 500):
        assert user not in contacts.of(user)
        assert all(user in contacts.of(int(other)) for other in contacts.of(user))


def test_edge_lists_are_read_gz_too_and_malformed_ones_refused(tmp_path):
    def read(text, name="e.txt"):
        path = tmp_path / name
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return read_edge_list(EdgeList(file=name), lambda file: tmp_path / file)

    contacts, n = read("# ties\n10 20\n20 30\n20 10\n", "e.txt.gz")
    assert n == 3
    assert contacts.of(1).tolist() == [0, 2]
    for text, name in (("a b\n", "a.txt"), ("", "b.txt"), ("1\n", "c.txt"), ("1 1\n", "d.txt")):
        with pytest.raises(DataError):
            read(text, name)
    (tmp_path / "bad.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match="Not a gzipped"):
        read_edge_list(EdgeList(file="bad.gz"), lambda file: tmp_path / file)


def test_the_file_decides_how_many_users_there_are(tmp_path):
    (tmp_path / "e.txt").write_text("\n".join(f"{i} {i + 1}" for i in range(49)))
    scenario = small_scenario(world={"contacts": {"kind": "edge-list", "file": "e.txt"}})
    settled, note = settle_users(scenario, lambda file: tmp_path / file)
    assert settled.world.users == 50
    assert "50 people" in note
    assert len(make_world(settled, 1, lambda file: tmp_path / file).people) == 50


def test_personas_and_countries_have_their_shares():
    scenario = small_scenario(world={"users": 20_000})
    people = make_world(scenario, 3).people
    for kind, column in (("personas", people.persona), ("countries", people.country)):
        shares = [part.share for part in getattr(scenario.world, kind).values()]
        seen = np.bincount(column, minlength=len(shares)) / 20_000
        assert np.abs(seen - shares).max() < 0.012


def _match(topic_affinity):
    data = small_scenario(world={"users": 3000}).resolved()
    data["world"]["affinity"] = {"topic": topic_affinity, "country": 0.0}
    for persona in data["world"]["personas"].values():
        persona["joins_more"] = 1.0
    world = make_world(Scenario.model_validate(data), 5)
    venues = world.venues
    inside = [world.people.interest[venues.members(v), venues.topic[v]].mean() for v in range(len(venues))]
    return np.mean(inside) - world.people.interest.mean()


def test_affinity_0_sorts_nobody_and_more_affinity_sorts_more():
    assert abs(_match(0.0)) < 0.03
    assert _match(10.0) > _match(0.0) + 0.05


def test_venues_keep_their_bounds_and_owners_are_members():
    scenario = small_scenario(world={"users": 2000}, platform={"group_cap": 40})
    venues = make_world(scenario, 2).venues
    for v in range(len(venues)):
        members = venues.members(v)
        assert venues.owner[v] in members
        assert len(np.unique(members)) == len(members) >= 2
        if v >= venues.channels:
            assert len(members) <= 40
    assert venues.channels == round(scenario.world.channels.per_1000_users * 2)


def test_a_world_depends_on_its_seed_alone():
    a, b, c = (make_world(small_scenario(), seed) for seed in (1, 1, 2))
    assert np.array_equal(a.contacts.other, b.contacts.other)
    assert np.array_equal(a.venues.member, b.venues.member)
    assert np.array_equal(a.people.belief, b.people.belief)
    assert not np.array_equal(a.venues.member, c.venues.member)


def test_another_stream_shifts_no_item_of_the_others():
    scenario = small_scenario()
    more = small_scenario(
        content={"streams": {"aaa": {"content": "fraud", "topic": "money", "per_1000_users_day": 2.0}}}
    )
    people = make_world(scenario, 1).people
    first, second = make_items(scenario, 1, people), make_items(more, 1, people)
    rows = {
        int(k): (int(t), int(o), float(a))
        for k, t, o, a in zip(second.key, second.tick, second.origin, second.appeal, strict=True)
    }
    assert len(second) > len(first) > 50
    for k, t, o, a in zip(first.key, first.tick, first.origin, first.appeal, strict=True):
        assert rows[int(k)] == (int(t), int(o), float(a))


def test_items_start_with_those_who_care():
    scenario = small_scenario(world={"users": 3000})
    people = make_world(scenario, 1).people
    items = make_items(scenario, 1, people)
    drugs = items.origin[items.content == 8]
    topic = scenario.topics.index("drugs")
    assert people.interest[drugs, topic].mean() > 3 * people.interest[:, topic].mean()


def test_the_ring_of_watts_and_strogatz_is_clustered_and_small():
    def graph(rewiring):
        spec = WattsStrogatz(neighbours=10, rewiring=rewiring)
        return make_contacts(spec, 1000, 3, np.zeros(1000, dtype=np.uint8)).graph()

    ring, small, drawn = graph(0.0), graph(0.1), graph(1.0)
    assert {d for _, d in ring.degree} == {10}
    assert nx.average_clustering(ring) == pytest.approx(3 * (10 - 2) / (4 * (10 - 1)), abs=1e-9)
    assert nx.average_clustering(small) == pytest.approx(0.667 * 0.9**3, abs=0.03)
    assert nx.average_clustering(drawn) < 0.03
    assert nx.average_shortest_path_length(small) < 0.1 * nx.average_shortest_path_length(ring)


@pytest.mark.parametrize("by_country", [False, True])
def test_communities_have_their_share_of_the_ties(by_country):
    country = (np.arange(2000) % 4).astype(np.uint8)
    spec = StochasticBlocks(blocks=4, mean_degree=20.0, inside=0.8, by_country=by_country)
    contacts = make_contacts(spec, 2000, 3, country)
    block = country if by_country else np.arange(2000) // 500
    ones = np.repeat(np.arange(2000), contacts.degrees())
    within = (block[ones] == block[contacts.other]).mean()
    assert within == pytest.approx(0.8 + 0.2 / 4, abs=0.02)
    assert contacts.degrees().mean() == pytest.approx(20, rel=0.05)


def test_log_normal_sizes_have_their_median_and_spread():
    form = LogNormal(median=30.0, spread=0.8, minimum=1.0, maximum=1e6)
    logs = np.log(form.quantiles((np.arange(200_000) + 0.5) / 200_000))
    assert logs.mean() == pytest.approx(np.log(30), abs=1e-3)
    assert logs.std() == pytest.approx(0.8, abs=1e-3)
    scenario = small_scenario(
        world={"users": 2000, "channels": {"size": {"kind": "log-normal", "median": 20.0, "spread": 0.5}}}
    )
    venues = make_world(scenario, 1).venues
    assert np.median(np.diff(venues.first)[: venues.channels]) == pytest.approx(20, abs=3)
