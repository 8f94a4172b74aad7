"""The sets of agents that a society gives to Mesa users; those of a compiled run are views, made when asked for."""

from typing import TYPE_CHECKING, Any

from mesa import Agent, Model
from mesa.agent import AgentSet

from sim.agents.venue import Channel, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.agents.user import User
    from sim.agents.venue import Venue
    from sim.crowd.protocol import Crowd


class AgentSets(Model):
    """The part of a society that tells what agents it has."""

    crowd: "Crowd"
    users: "Sequence[User]"
    venues: "Sequence[Venue]"
    user_class: "type[User]"
    _views: dict[type[Agent], list[Any]] | None = None
    """Users and venues of a compiled run, which nobody else holds, by class."""

    @property
    def agents_by_type(self) -> dict[type[Agent], AgentSet]:
        """Agents by class: channels, groups, users, then the offices."""
        offices: dict[type[Agent], AgentSet] = super().agents_by_type
        crowd = getattr(self, "crowd", None)
        if crowd is None or crowd.name != "compiled":
            return offices
        if self._views is None:
            venues = list(self.venues)
            found: dict[type[Agent], list[Any]] = {
                Channel: [venue for venue in venues if venue.is_channel],
                Group: [venue for venue in venues if not venue.is_channel],
                self.user_class: list(self.users),
            }
            self._views = {kind: agents for kind, agents in found.items() if agents}
            self._sets = {kind: AgentSet(agents, random=self.random) for kind, agents in self._views.items()}
        return self._sets | offices

    @property
    def agents(self) -> AgentSet:
        """All agents."""
        sets = self.agents_by_type
        if self._views is None:
            return super().agents
        return AgentSet([agent for agents in sets.values() for agent in agents], random=self.random)

    @property
    def agent_types(self) -> list[type[Agent]]:
        """The classes of agents."""
        return list(self.agents_by_type)
