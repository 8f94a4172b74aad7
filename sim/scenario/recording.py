"""What a run keeps of itself. Outcomes and digest do not depend on it."""

from typing import Literal, get_args

from sim.scenario.fields import Listed, Part, param

TableName = Literal["ticks", "items", "posts", "views", "venues", "cases", "sanctions", "moves", "legal", "users"]
TABLES: tuple[str, ...] = get_args(TableName)


class Recording(Part):
    """The tables that a run writes. A report needs ticks and items; the twin of a cascade needs all but users."""

    tables: Listed[TableName] = param(
        ("ticks", "items", "posts", "views", "venues", "cases", "sanctions", "moves", "legal"),
        "tables to write: ticks, items, posts, views (readers over time), venues (channels and groups), cases, "
        "sanctions, moves (between platforms), legal (enforcement actions), users (their state at the end)",
        unit="list of tables",
        max_length=10,
    )
