"""What people meet of the same claims outside the platform: the press, word of mouth, other services."""

from sim.scenario.fields import Listed, Name, Part, Share, param


class Outside(Part):
    """A source outside the platform in which users meet a claim, or its refutation, at random times."""

    topic: Name = param("general", "topic of the claim", unit="topic")
    per_day: float = param(
        0.1, "how often a user meets it, on average", unit="times/day", ge=0.0, le=24.0, source="assumed"
    )
    persuasion: Share = param(
        0.5, "how far one encounter moves a belief, multiplied by the user's credulity", unit="share 0-1"
    )
    claims: bool = param(True, "whether it promotes the claim; otherwise it refutes it", unit="yes/no")
    countries: Listed[Name] = param((), "countries in which it is met; none means all", unit="list of countries")
