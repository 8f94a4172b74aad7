import os

import pytest
from hypothesis import HealthCheck, settings

from tests.small import small_scenario

FORMS = ("agents", "compiled")

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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
