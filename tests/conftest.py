import os

import pytest
from hypothesis import HealthCheck, settings

from tests.small import Form, small_scenario

FORMS = ("agents", "compiled")

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_addoption(parser):
    parser.addoption(
        "--crowd",
        choices=[*FORMS, "both"],
        default="both",
        help="form of the crowd on which tests/model runs",
    )


@pytest.fixture(scope="session")
def small():
    return small_scenario()


@pytest.fixture(autouse=True, scope="module")
def _agents_unless_told(request):
    """Outside of tests/model, `run` of tests.small runs agents, whatever form a test before it had."""
    if "model" in request.node.path.parent.name:
        yield
        return
    before, Form.now = Form.now, "agents"
    yield
    Form.now = before
