"""The reference page: one heading a section, 'assumed' of numbers alone, and the bounds that validators hold."""

import re

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import load_scenario
from sim.scenario.schema import reference
from tests.small import ROOT

SCENARIO = ROOT / "scenarios" / "telegram.yaml"


def _rows():
    for line in reference().splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_each_section_of_the_reference_has_a_heading_of_its_own():
    headings = re.findall(r"^## .*$", reference(), re.MULTILINE)
    assert sum("world.contacts" in heading for heading in headings) > 5
    assert len(set(headings)) == len(headings)


def test_only_numbers_are_called_assumed():
    units = {unit for _, _, unit, _, _, source in _rows() if source == "assumed"}
    assert units
    assert not units & {"yes/no", "word", "words", "section", "mapping", "path", "topic", "list of sections", "date"}


@pytest.mark.parametrize(
    ("path", "field", "shown", "beyond"),
    [
        ("world.personas.bystander.attention", "attention", "0 to 100,000", "100001"),
        ("world.personas.bystander.activity", "activity", "0.001 to 60", "61"),
        ("world.personas.bystander.trust", "trust", "0 to 1", "1.5"),
        ("world.channels.size", "size", "1 to 100,000,000", "0.5"),
        ("content.streams.incitement.appeal", "appeal", "0 to 1", "2"),
        ("content.harm.fraud", "harm", "0 to 1,000,000", "-1"),
    ],
)
def test_the_range_in_the_reference_is_the_one_that_is_held(path, field, shown, beyond):
    assert {row[3] for row in _rows() if row[0] == f"`{field}`"} == {shown}
    with pytest.raises(ScenarioError, match=rf"{field}.* must "):
        load_scenario(SCENARIO, [f"{path}={beyond}"])
