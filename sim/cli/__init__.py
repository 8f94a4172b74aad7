"""The command line: `rumorlab demo | init | levers | run | compare | report | scenario`."""

from sim.cli.app import app

__all__ = ["app"]
