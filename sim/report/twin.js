(function () {
  "use strict";
  const root = document.getElementById("twin");
  if (!root) return;
  const data = JSON.parse(document.getElementById("twin-data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const SIZE = 520, R = 236, MID = SIZE / 2;
  const last = data.last, first = data.first;
  const most = Math.max(1, ...data.nodes.flatMap(n => Object.values(n.runs).map(r => (r.readers.length ? r.readers[r.readers.length - 1][1] : 0))));
  const runs = ["reference", "policy"];
  const make = (name, attrs, parent) => {
    const el = document.createElementNS(SVG, name);
    for (const key in attrs) el.setAttribute(key, attrs[key]);
    if (parent) parent.appendChild(el);
    return el;
  };
  const X = n => MID + R * n.x, Y = n => MID + R * n.y;
  const upTo = (steps, t) => {
    let low = 0, high = steps.length;
    while (low < high) { const mid = (low + high) >> 1; if (steps[mid][0] <= t) low = mid + 1; else high = mid; }
    return low ? steps[low - 1][1] : 0;
  };
  const curve = n => {
    const p = n.parent >= 0 ? data.nodes[n.parent] : null;
    const x0 = p ? X(p) : MID, y0 = p ? Y(p) : MID, x1 = X(n), y1 = Y(n);
    const rp = p ? Math.hypot(p.x, p.y) : 0, rn = Math.hypot(n.x, n.y) || 1, rm = (rp + rn) / 2;
    const cx0 = p && rp ? MID + R * p.x / rp * rm : MID, cy0 = p && rp ? MID + R * p.y / rp * rm : MID;
    const cx1 = MID + R * n.x / rn * rm, cy1 = MID + R * n.y / rn * rm;
    return p ? `M${x0},${y0}C${cx0},${cy0} ${cx1},${cy1} ${x1},${y1}` : `M${x0},${y0}L${x1},${y1}`;
  };
  const when = t => {
    const date = new Date(Date.parse(root.dataset.start + "T00:00:00Z") + t * Number(root.dataset.hours) * 3600e3);
    return date.toLocaleString("en-GB", { timeZone: "UTC", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  };
  const fmt = n => n.toLocaleString("en-GB");
  const panels = {};
  for (const run of runs) {
    const svg = root.querySelector(`svg[data-run=${run}]`);
    svg.setAttribute("viewBox", `0 0 ${SIZE} ${SIZE}`);
    for (const r of data.rings) make("circle", { cx: MID, cy: MID, r: R * r, class: "ring" }, svg);
    const links = make("g", { class: "links" }, svg), dots = make("g", {}, svg), marks = make("g", {}, svg);
    make("circle", { cx: MID, cy: MID, r: 5, class: "origin" }, svg);
    panels[run] = data.nodes.map((n, i) => {
      const link = make("path", { d: curve(n), class: "link" }, links);
      const dot = make("circle", { cx: X(n), cy: Y(n), r: 0, class: "post " + n.place, tabindex: -1 }, dots);
      const s = 5, x = X(n), y = Y(n);
      const mark = make("path", { d: `M${x - s},${y - s}L${x + s},${y + s}M${x - s},${y + s}L${x + s},${y - s}`, class: "mark" }, marks);
      const title = make("title", {}, dot);
      mark.appendChild(title.cloneNode());
      const show = on => {
        for (const other of runs) panels[other].forEach((e, j) => {
          const related = i === j || data.nodes[j].culprit === i;
          e.dot.classList.toggle("lit", on && related); e.link.classList.toggle("lit", on && related);
        });
      };
      for (const el of [dot, mark]) { el.addEventListener("mouseenter", () => show(true)); el.addEventListener("mouseleave", () => show(false)); }
      return { link, dot, mark, title };
    });
  }
  const svgLine = root.querySelector("svg.curve"), W = 1060, H = 150, L = 48, B = 24;
  svgLine.setAttribute("viewBox", `0 0 ${W} ${H}`);
  const top = Math.max(1, ...data.curve.reference, ...data.curve.policy);
  const sx = t => L + (W - L - 10) * (t - first) / Math.max(1, last - first), sy = v => H - B - (H - B - 12) * v / top;
  for (const v of [0, Math.round(top / 2), top]) {
    make("line", { x1: L, x2: W - 10, y1: sy(v), y2: sy(v), class: "ring" }, svgLine);
    make("text", { x: L - 6, y: sy(v) + 4, "text-anchor": "end", class: "tick" }, svgLine).textContent = fmt(v);
  }
  const perHour = 1 / Number(root.dataset.hours);
  const step = [3, 6, 12, 24, 48, 120, 240, 720].find(h => (last - first) / (h * perHour) <= 9) * perHour || last;
  for (let t = Math.ceil(first / step) * step; t <= last; t += step) {
    make("line", { x1: sx(t), x2: sx(t), y1: 8, y2: H - B, class: "ring" }, svgLine);
    const place = { x: sx(t), y: H - 6, "text-anchor": sx(t) > W - 60 ? "end" : "middle", class: "tick" };
    make("text", place, svgLine).textContent = step >= 24 * perHour ? when(t).split(",")[0] : when(t);
  }
  for (const run of runs) {
    make("path", { d: "M" + data.curve[run].slice(first, last + 1).map((v, t) => `${sx(t + first).toFixed(1)},${sy(v).toFixed(1)}`).join("L"), class: "total " + run }, svgLine);
  }
  const cursor = make("line", { y1: 6, y2: H - B, class: "cursor" }, svgLine);
  const slider = root.querySelector("input[type=range]"), play = root.querySelector("button.play"), clock = root.querySelector(".clock");
  slider.min = first; slider.max = last;
  function draw(t) {
    for (const run of runs) {
      panels[run].forEach((e, i) => {
        const n = data.nodes[i], mine = n.runs[run], ref = n.runs.reference;
        const here = mine && mine.t <= t, ghost = run === "policy" && !here && ref && ref.t <= t;
        const gone = here && mine.gone >= 0 && mine.gone <= t;
        const readers = here ? upTo(mine.readers, t) : ghost ? upTo(ref.readers, t) : 0;
        e.dot.setAttribute("r", here || ghost ? 2.2 + 17 * Math.sqrt(readers / most) : 0);
        e.dot.classList.toggle("ghost", !!ghost); e.link.classList.toggle("ghost", !!ghost);
        e.dot.classList.toggle("gone", !!gone);
        e.link.style.display = here || ghost ? "" : "none";
        e.mark.style.display = gone ? "" : "none";
        if (here || ghost) {
          const where = { channel: "channel", group: "group", direct: "direct chat", secret: "secret chat" }[n.place];
          let words = ghost ? `Not there under this policy. Under the reference: posted in a ${where} ${when(ref.t)}; ${fmt(readers)} readers met the item here first.`
            : `Posted in a ${where} ${when(mine.t)}; ${fmt(readers)} readers met the item here first.`;
          if (gone) {
            const cut = data.nodes.filter(m => m.culprit === i).length;
            words += ` Removed ${when(mine.gone)}.` + (cut ? ` This removal cut ${cut} ${cut === 1 ? "branch" : "branches"}.` : "");
          }
          e.title.textContent = words; e.mark.firstChild.textContent = words;
        }
      });
      root.querySelector(`.count[data-run=${run}]`).textContent = fmt(data.curve[run][t]);
    }
    clock.textContent = when(t);
    cursor.setAttribute("x1", sx(t)); cursor.setAttribute("x2", sx(t));
    slider.setAttribute("aria-valuetext", when(t));
  }
  let timer = null;
  const stop = () => { clearInterval(timer); timer = null; play.textContent = "Play"; };
  slider.addEventListener("input", () => { stop(); draw(+slider.value); });
  play.addEventListener("click", () => {
    if (timer) return stop();
    if (+slider.value >= last) slider.value = first;
    play.textContent = "Pause";
    const hop = Math.max(1, Math.round((last - first) / 240));
    timer = setInterval(() => {
      slider.value = Math.min(last, +slider.value + hop);
      draw(+slider.value);
      if (+slider.value >= last) stop();
    }, 50);
  });
  window.addEventListener("beforeprint", () => { stop(); slider.value = last; draw(last); });
  slider.value = last; draw(last);
})();
