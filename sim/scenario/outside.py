"""What people meet of the same claims outside the platform: the press, word of mouth, other services."""

from sim.scenario.fields import Listed, Name, Part, Share, param


class Outside(Part):
    """A source outside the platform: at random moments people meet a claim there, or its refutation."""

    topic: Name = param("general", "topic of the claim", unit="topic")
    per_day: float = param(
        0.1, "how often a person meets it, on average", unit="times/day", ge=0.0, le=24.0, source="assumed"
    )
    persuasion: Share = param(0.5, "how far one encounter moves her belief, times credulity", unit="share 0-1")
    claims: bool = param(True, "whether it promotes the claim; else it refutes it", unit="yes/no")
    countries: Listed[Name] = param((), "countries where it is met; none named means all", unit="list of countries")
