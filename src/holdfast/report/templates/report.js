"use strict";
(() => {
  // --- language: the reader's own, unless they chose one here -------------------------------
  const root = document.documentElement;
  const speak = (language) => {
    root.dataset.lang = language;
    root.lang = language;
    for (const button of document.querySelectorAll("[data-say]"))
      button.setAttribute("aria-pressed", String(button.dataset.say === language));
  };
  for (const button of document.querySelectorAll("[data-say]"))
    button.addEventListener("click", () => speak(button.dataset.say));
  speak(navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

  // --- the filter of the events --------------------------------------------------------------
  const rows = [...document.querySelectorAll("#events tbody tr")];
  document.getElementById("filter").addEventListener("input", (input) => {
    const wanted = input.target.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });

  // --- the plot ------------------------------------------------------------------------------
  const data = JSON.parse(document.getElementById("data").textContent);
  const place = document.getElementById("plot");
  const tip = document.getElementById("tip");
  const TOP = 58, LANE = 40, BAR = 14, PAD = 8, SHORTEST = 0.05;
  let view = [...data.focus];

  const make = (name, attributes, parent, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  };

  const stepOf = (span, room) => {
    const rough = span / Math.max(2, room / 90);
    const power = 10 ** Math.floor(Math.log10(rough));
    return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  };

  const draw = () => {
    const width = place.clientWidth || 600;
    const height = TOP + data.lanes.length * LANE + 28;
    const x = (at) => PAD + ((at - view[0]) / (view[1] - view[0])) * (width - 2 * PAD);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    const defs = make("defs", {}, svg);
    const stripes = make("pattern", { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, defs);
    make("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "stripe" }, stripes);
    axis(svg, x, width, height);
    flags(svg, x, width, height);
    data.lanes.forEach((lane, number) => drawLane(svg, x, width, lane, TOP + number * LANE));
    place.replaceChildren(svg);
  };

  const axis = (svg, x, width, height) => {
    const step = stepOf(view[1] - view[0], width);
    const digits = step < 0.1 ? 2 : step < 1 ? 1 : 0;
    for (let n = Math.ceil(view[0] / step); n * step <= view[1]; n += 1) {
      const at = x(n * step);
      make("line", { x1: at, x2: at, y1: TOP - 8, y2: height - 20, class: "grid" }, svg);
      make("text", { x: Math.min(Math.max(at, 22), width - 22), y: height - 6, "text-anchor": "middle", class: "axis" }, svg, `${n > 0 ? "+" : ""}${(n * step).toFixed(digits)} s`);
    }
    if (view[0] <= 0 && view[1] >= 0)
      make("line", { x1: x(0), x2: x(0), y1: 20, y2: height - 20, class: "fault" }, svg);
  };

  // Flags that would cover each other go to another row.
  const flags = (svg, x, width, height) => {
    const ends = [-Infinity, -Infinity];
    data.steps.forEach((step, number) => {
      const at = x(step.at);
      if (at < 0 || at > width) return;
      let row = ends.findIndex((end) => at - end > 20);
      if (row < 0) row = ends.indexOf(Math.min(...ends));
      ends[row] = at;
      const y = 12 + row * 22;
      make("line", { x1: at, x2: at, y1: y + 9, y2: height - 20, class: "step" }, svg);
      const flag = make("g", {}, svg);
      make("circle", { cx: at, cy: y, r: 9, class: "flag" }, flag);
      make("text", { x: at, y: y + 4, class: "flag-text" }, flag, number + 1);
      explain(flag, `${step.at >= 0 ? "+" : ""}${step.at.toFixed(3)} s  ${step.text} (${step.source})`);
    });
  };

  const drawLane = (svg, x, width, lane, y) => {
    const group = make("g", lane.excused ? { class: "excused" } : {}, svg);
    const middle = y + 16;
    const bar = (from, to, kind, top = middle, tall = BAR) => {
      const left = Math.max(x(from), 0), right = Math.min(x(to), width);
      if (right <= left && (x(to) < 0 || x(from) > width)) return null;
      return make("rect", { x: left, y: top, width: Math.max(right - left, 1.5), height: tall, rx: 2, class: kind }, group);
    };
    make("rect", { x: 0, y: middle + BAR / 2 - 1, width, height: 2, class: "rail" }, group);
    for (const [from, to] of lane.good) bar(from, to, "good", middle + BAR / 2 - 2, 4);
    for (const outage of lane.outages) drawOutage(bar, lane, outage);
    drawLimit(group, x, width, lane, y);
    drawQuestions(group, x, width, lane, middle + BAR + 3);
    const label = make("text", { x: PAD, y: y + 10, class: "name" }, group, lane.name);
    const longest = worst(lane);
    if (longest) make("tspan", { dx: 10, class: `figure-text ${lane.verdict}` }, label, seconds(longest));
    explain(label, `${lane.name}: ${lane.verdict}`);
  };

  const length = (outage) => outage.high ?? Infinity;
  const worst = (lane) => [...lane.outages].sort((a, b) => length(b) - length(a))[0];
  const seconds = (outage) => outage.high === null
    ? `${outage.low.toFixed(2)} s …` : `${outage.low.toFixed(2)} .. ${outage.high.toFixed(2)} s`;

  const drawOutage = (bar, lane, outage) => {
    const ended = outage.ended ?? data.whole[1];
    const doubt = outage.high === null ? 0 : (outage.high - outage.low) / 2;
    bar(outage.began, ended, "backing");
    const whole = bar(outage.began, ended, "maybe");
    const sure = bar(Math.min(outage.began + doubt, ended), Math.max(ended - doubt, outage.began), "certain");
    for (const part of [whole, sure]) if (part) explain(part, `${lane.name}: ${seconds(outage)}`);
  };

  // Where the longest outage would have broken the objective.
  const drawLimit = (group, x, width, lane, y) => {
    const longest = worst(lane);
    if (!longest || !lane.objective || lane.excused) return;
    const limit = x(longest.began + lane.objective);
    if (limit > 0 && limit < width)
      make("line", { x1: limit, x2: limit, y1: y + 13, y2: y + 33, class: "limit" }, group);
  };

  // Single questions, where they do not run together.
  const drawQuestions = (group, x, width, lane, y) => {
    if (lane.questions.length < 2) return;
    const apart = Math.abs(x(lane.questions[1][0]) - x(lane.questions[0][0]));
    if (apart < 2) return;
    for (const [at, took, outcome, detail] of lane.questions) {
      const left = x(at);
      if (left < 0 || left > width) continue;
      const tick = make("rect", { x: left - 1, y, width: Math.min(3, apart * 0.7), height: 4, class: `question-${outcome}` }, group);
      explain(tick, `+${at.toFixed(3)} s: ${outcome} after ${(took * 1000).toFixed(0)} ms ${detail}`);
    }
  };

  const explain = (node, words) => {
    const show = (event) => {
      tip.textContent = words;
      tip.hidden = false;
      const right = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
      tip.style.left = `${Math.max(8, right)}px`;
      tip.style.top = `${event.clientY + 18}px`;
    };
    node.addEventListener("pointermove", show);
    node.addEventListener("pointerdown", show);
    node.addEventListener("pointerleave", () => { tip.hidden = true; });
  };

  // --- zoom and pan --------------------------------------------------------------------------
  const look = (from, to) => {
    const longest = (data.whole[1] - data.whole[0]) * 1.02;
    const span = Math.min(Math.max(to - from, SHORTEST), longest);
    const middle = (from + to) / 2;
    const start = Math.min(Math.max(middle - span / 2, data.whole[0]), data.whole[1] - span);
    view = [start, start + span];
    draw();
  };
  const zoom = (factor, around) => look(around - (around - view[0]) * factor, around + (view[1] - around) * factor);
  const at = (event) => {
    const box = place.getBoundingClientRect();
    return view[0] + ((event.clientX - box.left - PAD) / (box.width - 2 * PAD)) * (view[1] - view[0]);
  };
  for (const button of document.querySelectorAll("[data-view]"))
    button.addEventListener("click", () => { view = [...data[button.dataset.view]]; draw(); });
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => zoom(Number(button.dataset.zoom), (view[0] + view[1]) / 2));
  place.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, at(event));
  }, { passive: false });
  let held = null;
  place.addEventListener("pointerdown", (event) => { held = { from: event.clientX, view: [...view] }; });
  window.addEventListener("pointerup", () => { held = null; });
  window.addEventListener("pointermove", (event) => {
    if (held === null) return;
    const shift = ((held.from - event.clientX) / place.clientWidth) * (held.view[1] - held.view[0]);
    look(held.view[0] + shift, held.view[1] + shift);
  });
  document.querySelector(".tools").hidden = false;
  new ResizeObserver(draw).observe(place);
})();
