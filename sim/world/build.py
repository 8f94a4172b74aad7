"""Making a world from a scenario and a seed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sim.errors import DataError
from sim.scenario.people import EdgeList
from sim.scenario.scenario import Scenario
from sim.world.contacts import Contacts, make_contacts, read_edge_list
from sim.world.from_file import open_world, ties_of, venues_of
from sim.world.people import People, make_people
from sim.world.venues import VenueTable, make_venues


@dataclass(frozen=True)
class World:
    """People, ties and venues; shared by every run that has the same world and world seed, and never changed."""

    seed: int
    people: People
    contacts: Contacts
    venues: VenueTable

    def __repr__(self) -> str:
        return f"<world: {len(self.people):,} users, {len(self.venues):,} venues, seed {self.seed}>"


def _nowhere(file: str) -> Path:
    raise DataError(f"{file}: data missing (no folder was given in which to look for it)")


def make_world(scenario: Scenario, seed: int, locate: Callable[[str], Path] = _nowhere) -> World:
    """Make the world; `locate` turns the name of a data file into a path and raises DataError if it is missing."""
    spec, imported = scenario.world.contacts, scenario.world.imported
    n = scenario.world.users
    file = open_world(imported, locate) if imported is not None else None
    if imported is not None and file is not None and file.users != n:
        raise _another_number(imported.file, file.users, n)
    people = make_people(scenario, seed, n)
    if imported is not None and file is not None and imported.ties and len(file.ties):
        ties = ties_of(file)
    elif isinstance(spec, EdgeList):
        ties, found = read_edge_list(spec, locate)
        if found != n:
            raise _another_number(spec.file, found, n)
    else:
        ties = make_contacts(spec, n, seed, people.country)
    if imported is not None and file is not None and imported.venues and len(file.owner):
        if scenario.world.elsewhere or scenario.world.backups:
            raise DataError(f"{imported.file}: brings its venues; `elsewhere` and `backups` are for generated ones")
        venues = venues_of(file, scenario, seed)
    else:
        venues = make_venues(scenario, seed, people)
    return World(seed=seed, people=people, contacts=ties, venues=venues)


def _another_number(name: str, found: int, users: int) -> DataError:
    return DataError(f"{name}: has {found:,} people, but world.users is {users:,}; set world.users to {found}")


def settle_users(scenario: Scenario, locate: Callable[[str], Path]) -> tuple[Scenario, str]:
    """Where a file decides how many users there are, return the scenario with that number, and a note.

    Raises DataError where the scenario asks for more than the people of the file, or the file is not as it must be.
    """
    spec, imported = scenario.world.contacts, scenario.world.imported
    if imported is not None:
        name, found = imported.file, open_world(imported, locate).users
    elif isinstance(spec, EdgeList):
        name, found = spec.file, read_edge_list(spec, locate)[1]
    else:
        return scenario, ""
    if found == scenario.world.users:
        return scenario, ""
    for path, words in scenario.misfits(found):
        raise DataError(f"{path}: {words}; {name} has {found:,} people, and that many are the users")
    world = scenario.world.model_copy(update={"users": found})
    note = f"{name} has {found:,} people: world.users is {found:,} instead of {scenario.world.users:,}"
    return scenario.model_copy(update={"world": world}), note
