"""No field of a scenario does nothing: each is drawn at random, and changes the digest of some run, or is listed.

This is the net under a mechanism of which one half was forgotten: a field that one form does not read parts the two
forms in the run that bears witness for it.
"""

import pytest

from tests.crowd.leaves import INERT, SOUGHT, UNDRAWN, schema_leaves, values
from tests.crowd.witnesses import COMMAND, FILE, load, missing

BASES = load()


@pytest.mark.slow
def test_every_field_of_a_scenario_is_drawn_at_random_or_listed_with_a_reason():
    several = {name for name, found in values().items() if len(found) > 1}
    assert schema_leaves() - several == set(UNDRAWN), "draw it in tests/random_scenarios.py, or say why not"
    assert set(INERT) - schema_leaves() == set(), "listed, but no field any more"


def test_every_field_of_a_scenario_has_a_witness_or_is_listed_with_a_reason():
    assert missing(BASES) == set(SOUGHT), (
        f"nothing shows that these do anything: run `{COMMAND}`; what it finds no run for does nothing, or only rarely "
        "(then add a scenario to tests/crowd/directed.py), or belongs on INERT with a reason"
    )
    assert not set(INERT) & set().union(*(base.served() for base in BASES)), "listed as inert, but has a witness"


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.scenario.hash()[:8])
def test_every_witness_changes_the_digest_alike_in_both_forms(base):
    assert base.digest("agents") == base.digest("compiled")
    faults = {base.names[change[0]]: fault for change in base.changes if (fault := base.fault(change))}
    assert faults == {}, (
        "a mechanism of which one half is missing, or that does nothing any more; if it is meant to be so, "
        f"`{COMMAND}` looks for another witness and rewrites {FILE.name}"
    )
