"""The twin on the page: headline, two pictures, a scrubber in time, and what was cut by what."""

import json
from html import escape

from sim.experiment.comparison import Comparison
from sim.report.twin import TwinData, to_page
from sim.report.twin_cuts import Cut

_LEGEND = (
    ('<circle cx="8" cy="8" r="6" class="post channel"/>', "post in a channel"),
    ('<circle cx="8" cy="8" r="6" class="post group"/>', "post in a group"),
    ('<circle cx="8" cy="8" r="6" class="post direct"/>', "direct message"),
    ('<circle cx="8" cy="8" r="6" class="post secret"/>', "secret chat"),
    ('<circle cx="8" cy="8" r="6" class="post ghost"/>', "posted under the baseline, not under the policy"),
    ('<path d="M3,3L13,13M3,13L13,3" class="mark"/>', "removed"),
)


def embed(data: object) -> str:
    """Return JSON that is safe inside a script element."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _cut_words(cut: Cut, data: TwinData, hours: float) -> str:
    day = f"day {int(cut.tick * hours // 24) + 1}, {int(cut.tick * hours % 24):02d} h"
    branches = "1 branch" if cut.branches == 1 else f"{cut.branches:,} branches"
    people = "1 reader" if cut.readers == 1 else f"{cut.readers:,} readers"
    readers = f"through which {people} had first seen the item" if cut.branches else people
    lost = "cut" if cut.branches else "cost this post"
    if cut.culprit is not None:
        author, venue, receiver = cut.culprit
        place = f"{data.nodes[cut.culprit].place} {venue}" if venue >= 0 else f"a chat between {author} and {receiver}"
        act = "The removal" if cut.words == "removal" else f"The {cut.words} of the post"
        return f"{act} in {place} ({day}) {lost} {f'{branches}, ' if cut.branches else ''}{readers}."
    when = f" ({day})" if cut.words.startswith(("the ban", "the suspension")) else ""
    readers = readers if cut.branches else f"{people} fewer"
    branches = branches if cut.branches else "posts that exist under both"
    return f"{cut.words[0].upper()}{cut.words[1:]}{when}: {branches}, {readers}."


def headline(data: TwinData, titles: dict[str, str]) -> str:
    """Return the twin in one sentence: '3,412 readers became 207'."""
    before, after = data.readers["reference"], data.readers["policy"]
    verb = "became" if before != after else "stayed"
    return (
        f"{before:,} readers {verb} {after:,}: one {data.content} item ({data.stream}) under {titles[data.arm]}, with "
        "the same random numbers"
    )


def _account_words(data: TwinData) -> str:
    parts = data.account()
    text = (
        f"Of the {data.readers['reference']:,} readers under the baseline, {parts['cut']:,} had seen the item through "
        f"branches that are missing under the policy, and {parts['both_before']:,} at posts that exist under both; these "
        f"posts now reach {parts['both_after']:,}."
    )
    return text + (f" {parts['new']:,} see it through new branches." if parts["new"] else "")


def twin_section(data: TwinData, comparison: Comparison) -> str:
    """Return the section as HTML."""
    plan = comparison.plan
    titles = {arm.name: arm.title for arm in plan.arms}
    time = plan.arms[0].scenario.time
    panels = ""
    for run, name in (("reference", plan.reference), ("policy", data.arm)):
        panels += (
            f'<figure class="panel"><figcaption><span class="name">{escape(titles[name])}</span>'
            f'<span><span class="count" data-run="{run}"></span> <span class="unit">readers</span></span></figcaption>'
            f'<svg data-run="{run}" role="img" aria-label="Cascade of the item under {escape(titles[name])}"></svg></figure>'
        )
    legend = "".join(f'<li><svg viewBox="0 0 16 16">{shape}</svg>{words}</li>' for shape, words in _LEGEND)
    acts = sorted([*data.cuts, *data.losses], key=lambda cut: -cut.readers)
    cuts = "".join(f"<li>{escape(_cut_words(cut, data, time.tick_hours))}</li>" for cut in acts[:6])
    more = f"<li>and {len(acts) - 6} smaller ones</li>" if len(acts) > 6 else ""
    listed = f"<ul>{cuts}{more}</ul>" if cuts else ""
    cut_list = f"<h3>What was cut, and by which act</h3><p>{escape(_account_words(data))}</p>{listed}"
    return f"""
<section id="twin" data-start="{time.start.isoformat()}" data-hours="{time.tick_hours}">
<h2>One item, two policies</h2>
<p class="headline">{escape(headline(data, titles))}</p>
<div class="panels">{panels}</div>
<ul class="legend">{legend}<li>area: readers who saw the item there first; rings: forwards from the origin</li></ul>
<div class="scrub"><button class="play" type="button">Play</button>
<input type="range" aria-label="Time" step="1"><span class="clock"></span></div>
<svg class="curve" role="img" aria-label="Readers so far, over time" style="width:100%;height:auto"></svg>
<p class="note">Readers so far: {escape(titles[plan.reference])} (solid), {escape(titles[data.arm])} (dashed).
Item {data.item} on the topic of {escape(data.topic)}, paired run {data.pair + 1}. {escape(data.choice)} Point at a post for details.</p>
{cut_list}
<p class="note">Both cascades use the same random numbers, so that a post keeps its place in both pictures. This is one
item in one pair of simulations: it shows how the policy works, not how strongly on average. For that, see the
differences below.</p>
<script type="application/json" id="twin-data">{embed(to_page(data))}</script>
</section>"""
