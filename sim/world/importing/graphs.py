"""GraphML and GEXF: nodes and edges of a graph as XML, read as it comes and without entities."""

from collections.abc import Callable
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate

import pyarrow as pa

from sim.errors import DataError
from sim.world.importing.found import Found
from sim.world.importing.labels import Pairs, clean_ties, labels_of
from sim.world.worldfile import WorldFile

MOST_BYTES = 500_000_000
_PIECE = 100_000


class _ForbiddenError(Exception):
    pass


def _refuse(*_: object) -> int:
    raise _ForbiddenError


class _Graph:
    """What is seen of a graph while its file goes by."""

    def __init__(self, form: str, name: str, line: Callable[[], int]) -> None:
        self.form, self.name, self.line = form, name, line
        self.pairs, self.nodes = Pairs(), list[pa.Array]()
        self.depth = self.graphs = 0
        self.root, self.directed = "", False
        self._nodes, self._ones, self._others = list[str](), list[str](), list[str]()

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Take in the beginning of an element."""
        tag = tag.rpartition(" ")[2]
        self.root = self.root or tag
        if tag == "graph":
            self.depth += 1
            self.graphs += self.depth == 1
        if self.graphs != 1 or not self.depth:
            return
        if "directed" in (attributes.get("edgedefault"), attributes.get("defaultedgetype"), attributes.get("type")):
            self.directed = True
        if tag == "node":
            self._nodes.append(self._attribute(attributes, "id", "node"))
        elif tag == "edge":
            self.directed = self.directed or attributes.get("directed") == "true"
            self._ones.append(self._attribute(attributes, "source", "edge"))
            self._others.append(self._attribute(attributes, "target", "edge"))
        elif tag == "hyperedge":
            raise DataError(f"{self.name}:{self.line()}: a hyperedge, which joins any number of nodes, is no tie")
        if len(self._nodes) + len(self._ones) >= _PIECE:
            self.flush()

    def end(self, tag: str) -> None:
        """Take in the end of an element."""
        self.depth -= tag.rpartition(" ")[2] == "graph"

    def _attribute(self, attributes: dict[str, str], key: str, tag: str) -> str:
        if not attributes.get(key):
            words = f"not a {self.form} graph: this {tag} has no '{key}'"
            raise DataError(f"{self.name}:{self.line()}: {words}")
        return attributes[key]

    def flush(self) -> None:
        """Number what has come, so that its text can go."""
        if self._nodes:
            self.nodes.append(labels_of(self._nodes).dictionary_encode().dictionary)
        self.pairs.add(labels_of(self._ones), labels_of(self._others))
        self._nodes, self._ones, self._others = [], [], []


def _read(path: Path, name: str, form: str) -> _Graph:
    """Read a graph; raises DataError where the XML declares a document type, and so could have entities of its own."""
    parser = ParserCreate(namespace_separator=" ")
    graph = _Graph(form, name, lambda: parser.CurrentLineNumber)
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = graph.begin, graph.end
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{name}: larger than {MOST_BYTES:,} bytes")
        with path.open("rb") as file:
            parser.ParseFile(file)
    except _ForbiddenError:
        line = parser.ErrorLineNumber if parser.ErrorLineNumber > 0 else parser.CurrentLineNumber
        raise DataError(f"{name}:{line}: declares a document type or an entity, which is not read") from None
    except ExpatError as problem:
        raise DataError(f"{name}:{problem.lineno}: not well-formed XML ({problem})") from None
    except OSError as problem:
        raise DataError(f"{name}: cannot be read ({problem.strerror})") from None
    graph.flush()
    if graph.root != form or not graph.graphs:
        raise DataError(f"{name}: not a {form} graph: it begins with <{graph.root}> and has {graph.graphs} graphs")
    return graph


def import_graph(path: Path, name: str, *, form: str) -> Found:
    """Read the ties of a GraphML or GEXF file; directions, weights and attributes are left aside.

    Nested graphs count with the one that they are in; of several graphs side by side the first is read.
    """
    graph = _read(path, name, form)
    found, edges, loops = graph.pairs, graph.pairs.lines, graph.pairs.loops
    declared = pa.chunked_array(graph.nodes, type=pa.string()).dictionary_encode().combine_chunks()
    known = len(declared.dictionary) if len(declared) else 0
    if not edges:
        raise DataError(f"{name}: has {known:,} nodes and no tie between them")
    pairs, labels = found.together(name, graph.nodes)
    ties = clean_ties(pairs)
    if not len(ties):
        raise DataError(f"{name}: no tie between two different nodes")
    repeats, people = edges - loops - len(ties), len(labels)
    alone = people - len(set(ties.ravel().tolist()))
    notes = ["directions were left aside: a tie is mutual here"] if graph.directed else []
    notes += [f"{loops:,} ties of a node with itself were dropped"] if loops else []
    notes += [f"{repeats:,} ties were there more than once"] if repeats else []
    notes += [f"{alone:,} nodes have no tie"] if alone else []
    notes += [f"{people - known:,} nodes stand in edges only: they are taken for people too"] if people > known else []
    notes += [f"the file has {graph.graphs} graphs side by side: only the first was read"] if graph.graphs > 1 else []
    return Found(f"{form} graph", WorldFile(users=people, ties=ties), {"edges": float(edges)}, notes)
