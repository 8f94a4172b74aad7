"""Mesa's agents, model and data collector, without the spaces that a run never asks for.

`import mesa` loads all of mesa, and with its spaces networkx and scipy: a third of a second, in every command. Here
the package is entered and its own first lines wait: whoever asks `mesa` for anything else, a space or its version,
has them carried out then, and finds all of mesa, with these same classes.
"""

import importlib.util
import sys
from threading import RLock
from types import ModuleType
from typing import Any

_LOADING = RLock()


class _Waiting(ModuleType):
    """A package whose first lines are carried out when it is asked for a name that it does not have yet."""

    begun = False

    def __getattr__(self, name: str) -> Any:
        with _LOADING:
            spec = self.__spec__
            if not self.begun and spec is not None and spec.loader is not None:
                self.begun = True
                spec.loader.exec_module(self)
        return super().__getattribute__(name)

    def __dir__(self) -> list[str]:
        """Return the names of all of the package, for completion."""
        getattr(self, "__version__", None)
        return list(super().__dir__())


def _enter(name: str) -> None:
    """Put a package among the imported ones without carrying out its first lines, unless it is there."""
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is not None:
        sys.modules[name] = importlib.util.module_from_spec(spec)
        sys.modules[name].__class__ = _Waiting


_enter("mesa")

from mesa.agent import Agent, AgentSet  # noqa: E402
from mesa.datacollection import DataCollector  # noqa: E402
from mesa.model import Model  # noqa: E402

__all__ = ["Agent", "AgentSet", "DataCollector", "Model"]
