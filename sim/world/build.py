"""Making a world from a scenario and a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DataError
from sim.scenario.people import EdgeList
from sim.scenario.scenario import Scenario
from sim.world.contacts import Contacts, make_contacts, read_edge_list
from sim.world.people import People, make_people
from sim.world.venues import VenueTable, make_venues


@dataclass(frozen=True)
class World:
    """People, ties and venues; shared by every run that has the same world and world seed, and never changed."""

    seed: int
    people: People
    contacts: Contacts
    venues: VenueTable


def _nowhere(file: str) -> Path:
    raise DataError(f"{file}: data missing (no folder was given in which to look for it)")


def make_world(scenario: Scenario, seed: int, locate: Callable[[str], Path] = _nowhere) -> World:
    """Make the world; `locate` turns the name of a data file into a path and raises DataError if it is missing."""
    spec = scenario.world.contacts
    n = scenario.world.users
    if isinstance(spec, EdgeList):
        ties, found = read_edge_list(spec, locate)
        if found != n:
            raise DataError(f"{spec.file}: has {found:,} people, but world.users is {n:,}; set world.users to {found}")
    else:
        ties = make_contacts(spec, n, seed)
    people = make_people(scenario, seed, n)
    return World(seed=seed, people=people, contacts=ties, venues=make_venues(scenario, seed, people))


def settle_users(scenario: Scenario, locate: Callable[[str], Path]) -> tuple[Scenario, str]:
    """Where a file of contacts decides how many users there are, return the scenario with that number, and a note."""
    spec = scenario.world.contacts
    if not isinstance(spec, EdgeList):
        return scenario, ""
    _, found = read_edge_list(spec, locate)
    if found == scenario.world.users:
        return scenario, ""
    world = scenario.world.model_copy(update={"users": found})
    note = f"{spec.file} has {found:,} people: world.users is {found:,} instead of {scenario.world.users:,}"
    return scenario.model_copy(update={"world": world}), note
