"""Each test in this folder runs on both forms of the crowd, or on the one that `--crowd` names.

What can only be about one form says so: `@pytest.mark.only_on("agents", reason="...")`.
"""

import pytest

from tests.conftest import FORMS
from tests.small import Form


def pytest_generate_tests(metafunc):
    wish, mark = metafunc.config.getoption("--crowd"), metafunc.definition.get_closest_marker("only_on")
    forms = [form for form in FORMS if wish in (form, "both")]
    if mark is not None:
        (only,), reason = mark.args, mark.kwargs["reason"]
        left = [only] if only in forms else []
        forms = left or [pytest.param(form, marks=pytest.mark.skip(reason=f"{only} only: {reason}")) for form in forms]
    metafunc.parametrize("crowd", forms, indirect=True, scope="session")


@pytest.fixture(autouse=True, scope="session")
def crowd(request):
    """The form on which `run` and `digest` of tests.small run a scenario now."""
    Form.now = request.param
    yield request.param
    Form.now = "agents"
