"""GraphML and GEXF: graphs as XML, read without entities."""

from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

import numpy as np

from sim.errors import DataError
from sim.world.importing.found import Found, clean_ties, numbered
from sim.world.worldfile import WorldFile

MOST_BYTES = 500_000_000


class _ForbiddenError(Exception):
    pass


def _refuse(*_: object) -> int:
    raise _ForbiddenError


def _plain_xml(path: Path, name: str) -> None:
    """Raise DataError unless a file is well-formed XML without a document type, so without entities of its own."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
        parser = ParserCreate()
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
        with path.open("rb") as file:
            parser.ParseFile(file)
    except _ForbiddenError:
        line = parser.ErrorLineNumber if parser.ErrorLineNumber > 0 else parser.CurrentLineNumber
        raise DataError(f"{name}:{line}: declares a document type or an entity, which is not read") from None
    except ExpatError as problem:
        raise DataError(f"{name}:{problem.lineno}: not well-formed XML ({problem})") from None
    except OSError as problem:
        raise DataError(f"{name}: cannot be read ({problem.strerror})") from None


def import_graph(path: Path, name: str, *, form: str) -> Found:
    """Read the ties of a GraphML or GEXF file; directions, weights and attributes are left aside."""
    import networkx as nx

    _plain_xml(path, name)
    try:
        graph = nx.read_graphml(path) if form == "graphml" else nx.read_gexf(path)
    except Exception as problem:  # the readers let anything through: KeyError, TypeError, their own
        raise DataError(f"{name}: not a {form} graph ({type(problem).__name__}: {problem})") from None
    pairs = [(str(a), str(b)) for a, b in graph.edges()]
    if not pairs:
        raise DataError(f"{name}: has {graph.number_of_nodes():,} nodes and no tie between them")
    nodes = [str(node) for node in graph.nodes]
    (_, a, b), people = numbered(nodes, [a for a, _ in pairs], [b for _, b in pairs], name=name)
    ties, loops, repeats = clean_ties(a, b)
    if not len(ties):
        raise DataError(f"{name}: no tie between two different nodes")
    alone = people - len(np.unique(ties))
    notes = ["directions were left aside: a tie is mutual here"] if graph.is_directed() else []
    notes += [f"{loops:,} ties of a node with itself were dropped"] if loops else []
    notes += [f"{repeats:,} ties were there more than once"] if repeats else []
    notes += [f"{alone:,} nodes have no tie"] if alone else []
    return Found(f"{form} graph", WorldFile(users=people, ties=ties), {"edges": float(len(pairs))}, notes)
