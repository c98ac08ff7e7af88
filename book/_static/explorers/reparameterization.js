/* The gradient of E[f(x)] in mu, f(x) = x^2 + sin x, x ~ N(mu, sigma^2), estimated from
   the same 12 draws in two ways. Left: x = mu + sigma * noise moves with the sliders, and
   the slopes of f are averaged. Right: the draws stay where they were drawn, and f(x) is
   averaged with a weight, the slope of ln q(x) in mu; once the sliders have left the place
   of drawing, also times q(x)/q0(x), so that the estimate remains one of the gradient.
   How many of the draws then still count is the effective sample size. */
"use strict";
explorer.start((id) => {
  const { make, path, line, dot, words, phrase, show, normal, scale, curve } = explorer;
  // torch.randn(12) after torch.manual_seed(0), to two digits
  const NOISE = [1.54, -0.29, -2.18, 0.57, -1.08, -1.4, 0.4, 0.84, -0.72, -0.4, -0.6, 0.18];
  const X = [-4.3, 3.7], F = [-1, 18]; // hold every draw that the sliders can reach
  const f = (x) => x ** 2 + Math.sin(x);
  const slope = (x) => 2 * x + Math.cos(x);
  const exact = ({ mu, sigma }) => 2 * mu + Math.exp((-(sigma ** 2)) / 2) * Math.cos(mu);

  const mean = explorer.slider(`${id}-mu`, "mean *μ*",
    { min: -1.25, max: 1.25, step: 0.05, value: 1, text: (v) => show(v) }, () => update());
  const width = explorer.slider(`${id}-sigma`, "deviation *σ*",
    { min: 0.3, max: 1.3, step: 0.05, value: 0.5, text: (v) => show(v) }, () => update());
  const now = () => ({ mu: mean.value, sigma: width.value });
  let drawn = now(); // where the draws on the right were drawn

  /* Draws, weights q/q0 and the 12 terms whose mean estimates the gradient. */
  function pathwise(state) {
    const x = NOISE.map((noise) => state.mu + state.sigma * noise);
    return { x, ratio: x.map(() => 1), terms: x.map(slope) };
  }
  function score({ mu, sigma }) {
    const x = NOISE.map((noise) => drawn.mu + drawn.sigma * noise);
    const ratio = x.map((v) => normal(v, mu, sigma) / normal(v, drawn.mu, drawn.sigma));
    return { x, ratio, terms: x.map((v, i) => (ratio[i] * f(v) * (v - mu)) / sigma ** 2) };
  }
  function estimate({ terms }) {
    const n = terms.length, average = terms.reduce((sum, t) => sum + t, 0) / n;
    const variance = terms.reduce((sum, t) => sum + (t - average) ** 2, 0) / (n - 1);
    return { average, error: Math.sqrt(variance / n) };
  }
  const square = (sum, value) => sum + value ** 2;
  const effective = ({ ratio }) => ratio.reduce((sum, r) => sum + r, 0) ** 2 / ratio.reduce(square, 0);
  const moved = () => drawn.mu !== mean.value || drawn.sigma !== width.value;

  /* Above, f with the draws on it and q at its foot; below, one term for each draw. */
  const view = (sample, label, isPath) => explorer.drawing(22.5, (w, h, em) => {
    const state = now(), { x: draws, ratio, terms } = sample(state);
    const { average, error } = estimate({ terms });
    const left = 2.2 * em, floor = 10.2 * em;
    const x = scale(X, [left, w - 1.8 * em]), y = scale(F, [floor, 0.6 * em]);
    const foot = scale([0, 1.4], [floor, 5 * em]);
    const most = Math.max(...[pathwise, score].flatMap((s) => s(state).terms.map(Math.abs)));
    const top = explorer.roomFor(most, [4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300]);
    const v = scale([-top, top], [h - 0.6 * em, floor + 3.8 * em]);
    const density = ({ mu, sigma }) => (at) => normal(at, mu, sigma);
    const bars = draws.map((at, i) => [
      line(terms[i] > 0 ? "bar above" : "bar below", x(at), v(0), x(at), v(terms[i])),
      dot(terms[i] > 0 ? "end above" : "end below", x(at), v(terms[i]), 0.17 * em),
    ]);
    const tangents = draws.map((at) => {
      const rise = (slope(at) * (y(1) - y(0))) / (x(1) - x(0)); // in pixels
      const dx = (1.5 * em) / Math.hypot(1, rise);
      return line("tangent", x(at) - dx, y(f(at)) - rise * dx, x(at) + dx, y(f(at)) + rise * dx);
    });
    const radius = (r) => Math.min(0.26 * Math.sqrt(r), 1) * em; // area as the weight
    const edge = w - 2;
    return [
      line("axis", left, floor, w, floor), line("axis", left, v(0), w, v(0)),
      [0, 5, 10, 15].map((value) => words(show(value, 0), left - 5, y(value) + 0.3 * em, "end")),
      [-top, 0, top].map((value) => words(show(value, 0), left - 5, v(value) + 0.3 * em, "end")),
      [-4, -2, 0, 2].map((value) => words(show(value, 0), x(value), floor + 1.2 * em, "middle")),
      words("*x*", w, floor + 1.2 * em, "end"),
      path("q area", curve(x, foot, density(state), X, 0)),
      path("q", curve(x, foot, density(state), X)),
      !isPath && moved() ? path("q guide", curve(x, foot, density(drawn), X)) : [],
      path("f", curve(x, y, f, X)), words("*f*", x(3.4) - 0.8 * em, y(f(3.4)), "end"),
      isPath ? tangents : [],
      draws.map((at, i) => dot("draw", x(at), y(f(at)), radius(ratio[i]))),
      words(label(), 0, floor + 2.7 * em, "start", "muted"),
      path("error", `M${left} ${v(average - error)}H${w}V${v(average + error)}H${left}Z`),
      bars, line("mean", left, v(average), w, v(average)),
      line("exact", left, v(exact(state)), w, v(exact(state))),
      words("exact", edge, v(exact(state)) + (average < exact(state) ? -0.4 : 1.1) * em, "end"),
      words("mean", edge, v(average) + (average < exact(state) ? 1.1 : -0.4) * em, "end", "t-q"),
    ];
  });
  const columns = [
    { title: "Pathwise: each draw moves", sample: pathwise, name: "mean slope" },
    { title: "Score function: only weights change", sample: score, name: "mean weight" },
  ];
  columns[0].svg = view(pathwise, () => "slope *f*′(*x*) of each draw", true);
  columns[1].svg = view(score, () => `weight *f*(*x*) ∂ln *q*(*x*)/∂*μ*${moved() ? " · *q*/*q*₀" : ""}`, false);

  const again = make("button", { type: "button" }, "Draw again here");
  again.addEventListener("click", () => { drawn = now(); update(); });
  const place = make("span");

  function update() {
    const state = now();
    for (const column of columns) {
      const { average, error } = estimate(column.sample(state));
      column.svg.redraw();
      column.svg.setAttribute("aria-label", `f(x) with the 12 draws on it, and below them the ${column.name.slice(5)} that each gives; their mean is ${show(average)}, with a standard error of ${show(error)}, and the exact gradient ${show(exact(state))}.`);
      const cells = { [column.name]: average, "standard error": error, "exact gradient": exact(state) };
      column.output.replaceChildren(...Object.entries(cells).map(([name, value]) =>
        make("span", {}, make("small", {}, `${name} `), make("span", { class: "number" }, show(value)))));
    }
    place.replaceChildren(...phrase(`Drawn at *μ* = ${show(drawn.mu)}, *σ* = ${show(drawn.sigma)};`),
      " worth ", make("span", { class: "number" }, show(effective(score(state)), 1)), " of 12 draws here.");
  }
  for (const column of columns) {
    column.output = make("output", { for: `${id}-mu ${id}-sigma`, "aria-live": "polite" });
    column.element = make("div", {}, make("p", { class: "title" }, column.title),
      make("div", {}, column.svg), column.output);
  }
  columns[1].element.append(make("p", { class: "place" }, place, " ", again));
  columns[0].element.append(make("p", { class: "place" }, "The noise stays; the draws follow the sliders."));
  const control = (slider) => make("div", {}, slider.head, slider.input);
  return { update, contents: [
    make("div", { class: "columns" }, control(mean), control(width)),
    make("div", { class: "columns" }, ...columns.map((column) => column.element)),
  ] };
});
