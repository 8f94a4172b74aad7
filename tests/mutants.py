"""Wrong formulas, one at a time: each must turn a test red. `python -m tests.mutants` prints a table (`make mutants`).

A mutant is a line of the product with another in its place, and the tests that are about it. What survives shows a
number that nothing checks. Lines that have changed since are an error, so that the list cannot go stale in silence.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.small import ROOT


@dataclass(frozen=True)
class Mutant:
    file: str
    right: str
    wrong: str
    tests: str


OUT, RULES, PAIRED = "tests/outcomes", "tests/rules", "tests/experiment/test_paired.py"
BY_HAND = "tests/experiment/test_paired_by_hand.py"
LAW, FEAR = "tests/model/test_law_by_hand.py", "tests/model/test_law.py"
MUTANTS = (
    Mutant("outcomes/enforcement.py", "1000.0 * _removed(record)[0] /", "100.0 * _removed(record)[0] /", OUT),
    Mutant("outcomes/enforcement.py", "(stay >= t)", "(stay > t)", OUT),
    Mutant("outcomes/enforcement.py", "(stay <= ticks)", "(stay < ticks)", OUT),
    Mutant("outcomes/enforcement.py", '"strike", "suspend", "ban-user")', '"strike", "ban-user")', OUT),
    Mutant("outcomes/enforcement.py", "(_removed(record)[1] - with_venue)", "(_removed(record)[1] + with_venue)", OUT),
    Mutant("outcomes/reach.py", '(record.users * record.totals["topics"])', "record.users", OUT),
    Mutant("outcomes/reach.py", "weights.get(name, 0.0) * float(n)", "float(n)", OUT),
    Mutant("outcomes/reach.py", "total_of(record, harmful_classes(record), ", "total_of(record, set(CLASSES), ", OUT),
    Mutant("outcomes/burden.py", "held = policy.moderation.reviewers, (end - begin)",
           "held = policy.moderation.reviewers, (scenario.time.ticks - begin)", OUT),
    Mutant("outcomes/burden.py", "[-len(TICK_CLASSES) :]", "[: len(TICK_CLASSES)]", OUT),
    Mutant("outcomes/law.py", "ladder[-1].needs", "ladder[0].needs", OUT),
    Mutant("outcomes/law.py", "max(shares)", "min(shares)", OUT),
    Mutant("outcomes/law.py", "record.users * record.scenario.world.persons_per_user", "record.users", OUT),
    Mutant("outcomes/law.py", "total += regime.requests *", "total += 1.0 *", OUT),
    Mutant("outcomes/turnout.py", '1000.0 * event["turnout"] >= least', '1000.0 * event["turnout"] > least', OUT),
    Mutant("outcomes/turnout.py", '/ max(event["local"], 1) for', "/ record.users for", OUT),
    Mutant("outcomes/lost_speech.py", "days_shut=(until - last)", "days_shut=(until - banned_at)", OUT),
    Mutant("outcomes/lost_speech.py", "days_open=(last - began)", "days_open=(banned_at - began)", OUT),
    Mutant("outcomes/moving.py", "100.0 * there / members", "100.0 * members / there", OUT),
    Mutant("law/diligence.py", "over, verdict = due < tick", "over, verdict = due <= tick", LAW),
    Mutant("law/diligence.py", "(done >= 0) & (done <= due)", "(done >= 0) & (done < due)", LAW),
    Mutant("law/diligence.py", "value >= element.at_least", "value > element.at_least", LAW),
    Mutant("law/diligence.py", '["notices"] < element.cases', '["notices"] <= element.cases', LAW),
    Mutant("agents/regulator.py", "step.hazard * self.audit_days * self.reach", "step.hazard * self.reach", LAW),
    Mutant("agents/regulator.py", "step.hazard * self.audit_days * self.reach", "step.hazard * self.audit_days", LAW),
    Mutant("rules/deter.py", "1.0 / (1.0 + deterrence * answered)", "np.exp(-deterrence * answered)", RULES),
    Mutant("agents/regulator.py", "self.deterring *= self._fading", "self.deterring *= 1.0", FEAR),
    Mutant("agents/regulator.py", "scenario.platform.turnover * persons", "scenario.platform.turnover", LAW),
    Mutant("experiment/paired.py", "(relative, limits((a - ratio * b) / base", "(relative, limits((a - b) / base",
           PAIRED),
    Mutant("experiment/paired.py", "relative = ratio - 1.0", "relative = 1.0 - ratio", PAIRED),
    Mutant("experiment/paired.py", "unpaired / paired if paired", "paired / unpaired if paired", PAIRED),
    Mutant("experiment/intervals.py", "n - 1)) * float(values.std(ddof=1))", "n)) * float(values.std(ddof=1))", PAIRED),
    Mutant("rules/adopt.py", "before < threshold <= after", "before < threshold < after", RULES),
    Mutant("rules/belief.py", "1.0 - (1.0 - combined) * (1.0 - one)", "combined + one", RULES),
    Mutant("rules/belief.py", "belief + share * (start - belief)", "belief + share * start", RULES),
    Mutant("rules/forward.py", "if hops >= viral_hops", "if hops > viral_hops", RULES),
    Mutant("rules/forward.py", "n >= count and n >= share * contacts", "n >= count and n > share * contacts", RULES),
    Mutant("rules/forward.py", "(1.0 - interest_share) * matching +", "matching +", RULES),
    Mutant("rules/membership.py", "leaving * (1.0 - matching)", "leaving * matching", RULES),
    Mutant("rules/notice.py", "views / (views + half)", "views / (1.0 + half)", RULES),
    Mutant("rules/review.py", "return u >= specificity", "return u < specificity", RULES),
    Mutant("rules/report.py", "rate * (1.0 - matching) * trust", "rate * (1.0 - matching)", RULES),
    Mutant("rules/turnout.py", "going * 1000.0 >= threshold * local", "going * 1000.0 > threshold * local", RULES),
    Mutant("experiment/paired.py", "max(0.0, p + q - 1.0) / p,", "max(0.0, p + q - 1.0),", BY_HAND),
    Mutant("experiment/paired.py", "1.0 - 2.0 * (1.0 - confidence) / 3.0", "confidence", BY_HAND),
    Mutant("experiment/paired.py", "(len(order) - rank) * p", "len(order) * p", BY_HAND),
    Mutant("experiment/paired.py", "if moved < 4:", "if moved < 3:", BY_HAND),
    Mutant("experiment/paired.py", "apart: Floats = (a - ratio * b) / base", "apart: Floats = (a - b) / base", BY_HAND),
    Mutant("law/diligence.py", "np.maximum(decided, acted), -1", "decided, -1", LAW),
    Mutant("law/diligence.py", "(where.deadline < found)", "(where.deadline > found)", LAW),
    Mutant("law/diligence.py", "where.persons >= regime.applies_from", "where.persons > regime.applies_from", LAW),
    Mutant("law/diligence.py", "100.0 * (unmet + int(late.sum())) / count", "100.0 * unmet / count", LAW),
    Mutant("outcomes/enforcement.py", "(~refused[orders]).mean()", "refused[orders].mean()", OUT),
    Mutant("outcomes/burden.py", "return cost * 1000.0 / persons", "return cost * 1000.0 / record.users", OUT),
    Mutant("rules/forward.py", "min(limit, viral_limit)", "viral_limit", RULES),
    Mutant("rules/follow.py", "base * (1.0 if has_account else without_account)", "base * 1.0", RULES),
)  # fmt: skip


def killed(mutant: Mutant, root: Path) -> bool:
    """Return whether the tests of a mutant fail with it; raises RuntimeError if its line is not there just once."""
    path = root / "sim" / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.right) != 1:
        raise RuntimeError(f"{mutant.file}: '{mutant.right}' stands there {text.count(mutant.right)} times, not once")
    path.write_text(text.replace(mutant.right, mutant.wrong), encoding="utf-8")
    try:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow", mutant.tests]
        command += ["--crowd", "compiled"]
        env = {**os.environ, "PYTHONPATH": str(root), "NUMBA_CACHE_DIR": str(root / ".cache")}
        return subprocess.run(command, cwd=root, env=env, capture_output=True).returncode == 1
    finally:
        path.write_text(text, encoding="utf-8")


def main() -> int:
    """Print the table, of all or of those that have a word of the command in them; return how many survived."""
    chosen = [m for m in MUTANTS if not sys.argv[1:] or any(w in f"{m.file} {m.wrong}" for w in sys.argv[1:])]
    alive = 0
    print("| file | right | wrong | killed |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "copy"
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(".venv", ".git", "results", "__pycache__", "_build"))
        for mutant in chosen:
            dead = killed(mutant, root)
            alive += not dead
            row = (mutant.file, f"`{mutant.right}`", f"`{mutant.wrong}`", "yes" if dead else "**no**")
            print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{len(chosen) - alive} of {len(chosen)} killed.")
    return alive


if __name__ == "__main__":
    sys.exit(min(1, main()))
