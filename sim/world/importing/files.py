"""Which importer reads a file."""

from pathlib import Path

from sim.errors import DataError, InputError, nearest
from sim.scenario.places import shown
from sim.world.importing.forwards import import_forwards
from sim.world.importing.found import Found
from sim.world.importing.graphs import import_graph
from sim.world.importing.lists import form_of, import_edges, import_memberships
from sim.world.importing.telegram import import_telegram

FORMS = ("edges", "memberships", "graphml", "gexf", "forwards", "telegram")
_BY_END = {".graphml": "graphml", ".gexf": "gexf", ".json": "telegram", ".parquet": "forwards"}
_LISTS = (".csv", ".tsv", ".txt", ".edges", ".edgelist", ".gz")


def guess_form(path: Path) -> str:
    """Return what a file seems to be, by its name and its header; raises DataError."""
    end = path.suffix.lower()
    if end in _BY_END:
        return _BY_END[end]
    if end in _LISTS:
        return form_of(path, shown(path))
    raise DataError(f"{shown(path)}: what is it? Say so with --as ({', '.join(FORMS)})")


def import_file(path: Path, form: str = "", *, kind: str = "group") -> Found:
    """Read a file as one of FORMS, or as what it seems to be; `kind` says what the venues of a list are."""
    name = shown(path)
    if form and form not in FORMS:
        raise InputError(f"--as {form}: unknown form{nearest(form, FORMS)}")
    if not path.is_file():
        raise DataError(f"{name}: no such file")
    form = form or guess_form(path)
    if form == "edges":
        return import_edges(path, name)
    if form == "memberships":
        return import_memberships(path, name, kind=kind)
    if form == "forwards":
        return import_forwards(path, name)
    if form == "telegram":
        return import_telegram(path, name)
    return import_graph(path, name, form=form)
