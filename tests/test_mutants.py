"""The list of wrong formulas (`make mutants`) is about the product as it is."""

import pytest

from tests.mutants import MUTANTS
from tests.small import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.file}: {mutant.wrong[:40]}")
def test_the_line_that_a_mutant_changes_is_there_once(mutant):
    assert (ROOT / "sim" / mutant.file).read_text(encoding="utf-8").count(mutant.right) == 1
    assert (ROOT / mutant.tests).exists()
