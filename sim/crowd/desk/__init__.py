"""The moderation desk of a compiled run: the same work as the platform's offices, on columns of posts and cases."""

from sim.crowd.desk.intake import Intake as Desk
from sim.crowd.desk.offices import open_offices

__all__ = ["Desk", "open_offices"]
