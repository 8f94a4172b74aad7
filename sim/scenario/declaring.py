"""What a file is: a scenario, an experiment, a policy, another part; and what to say of one where another is needed."""

import re
from pathlib import Path

from sim.errors import InputError, ScenarioError
from sim.scenario.shipped import as_typed
from sim.scenario.tree import Tree

_DECLARED = re.compile(r"^#\s*yaml-language-server:\s*\$schema=(?:\S*/)?(\w+)\.schema\.json", re.MULTILINE)
_FOLDERS = {"policies": "policy", "regimes": "regime", "ranges": "ranges", "calibrations": "calibration"}
"""What a file that declares nothing is taken for, by the folder it lies in."""
_IS = {
    "scenario": "a scenario; `rumorlab run {file}` runs it, and an experiment names it (`scenario: FILE`)",
    "experiment": "an experiment; try `rumorlab {verb} {file}`",
    "calibration": "a calibration; try `rumorlab calibrate {file}`",
    "policy": "a policy; a scenario includes it with `policy: {{extends: FILE}}`, an arm with `policy: FILE`",
    "ranges": "a file of ranges; an experiment names it (`ranges: FILE`)",
    "regime": "a regime; a scenario includes it with `law: {{regimes: {{NAME: {{extends: FILE}}}}}}`",
    "personas": "a file of personas; a scenario includes it with `world: {{personas: {{extends: FILE}}}}`",
    "elsewhere": "a file of other platforms; a scenario includes it with `world: {{elsewhere: {{extends: FILE}}}}`",
}


def declared(path: Path, tree: Tree) -> str:
    """Return what a file declares itself to be, or seems to be by its folder or its content."""
    found = _DECLARED.search(path.read_text(encoding="utf-8-sig"))
    if found:
        return found[1]
    if path.resolve().parent.name in _FOLDERS:
        return _FOLDERS[path.resolve().parent.name]
    return "experiment" if "arms" in tree.value else "calibration" if "targets" in tree.value else "scenario"


def mistaken(error: ScenarioError, path: Path, tree: Tree, wanted: str) -> Exception:
    """Return what to raise for a file that is not what was wanted: what it is instead, if it says, else the error.

    A file with unknown keys that declares another kind is the wrong file.
    """
    strange = any(p.message.startswith("unknown key") and "." not in p.field for p in error.problems)
    found = declared(path, tree)
    if not strange or found == wanted or found not in _IS:
        return error
    verb = "sweep" if "space" in tree.value else "compare"
    article = "an" if wanted[0] in "aeiou" else "a"
    said = _IS[found].format(file=as_typed(path), verb=verb)
    return InputError(f"{as_typed(path)}: not {article} {wanted} but {said}")
