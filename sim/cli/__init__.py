"""The command line: `rumorlab --help` lists the commands."""

from sim.cli.app import app

__all__ = ["app"]
