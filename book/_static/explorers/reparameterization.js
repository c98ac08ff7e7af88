/* The gradient of E[f(z)] in mu, f(z) = z^2 + sin z, z ~ N(mu, sigma^2), estimated from
   the same 12 draws in two ways. Left: z = mu + sigma * noise moves with the sliders, and
   the slopes of f are averaged. Right: the draws stay where they were drawn, with mu0 and
   sigma0 (density q0), and the sliders change their weights q(z)/q0(z), until the button
   draws anew from q, which becomes the next q0; f(z) times the slope of ln q(z)
   in mu is averaged, which estimates the gradient there and nowhere else. */
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

  /* Draws, weights, and the 12 terms whose mean estimates the gradient at a place. */
  const draw = ({ mu, sigma }) => NOISE.map((noise) => mu + sigma * noise);
  function pathwise() {
    const place = now(), x = draw(place);
    return { place, x, weights: x.map(() => 1), terms: x.map(slope) };
  }
  function score() {
    const { mu, sigma } = now(), x = draw(drawn);
    const weights = x.map((v) => normal(v, mu, sigma) / normal(v, drawn.mu, drawn.sigma));
    return { place: drawn, x, weights, terms: x.map((v) => (f(v) * (v - drawn.mu)) / drawn.sigma ** 2) };
  }
  function estimate({ terms }) {
    const n = terms.length, average = terms.reduce((sum, t) => sum + t, 0) / n;
    const variance = terms.reduce((sum, t) => sum + (t - average) ** 2, 0) / (n - 1);
    return { average, error: Math.sqrt(variance / n) };
  }
  const moved = () => drawn.mu !== mean.value || drawn.sigma !== width.value;

  /* Above, f with the draws on it and q at its foot; below, one term for each draw. */
  const view = (sample, label, isPath) => explorer.drawing(22.5, (w, h, em) => {
    const { place, x: draws, weights, terms } = sample(), target = exact(place);
    const { average, error } = estimate({ terms });
    const left = 2.2 * em, floor = 10.2 * em;
    const x = scale(X, [left, w - 1.8 * em]), y = scale(F, [floor, 0.6 * em]);
    const foot = scale([0, 1.4], [floor, 5 * em]);
    const most = Math.max(...[pathwise, score].flatMap((s) => s().terms.map(Math.abs)));
    const top = explorer.roomFor(most, [4, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 150, 200, 300]);
    const v = scale([-top, top], [h - 0.6 * em, floor + 3.8 * em]);
    const density = ({ mu, sigma }) => (at) => normal(at, mu, sigma);
    const above = ({ mu, sigma }) => [x(mu), foot(normal(mu, mu, sigma)) - 0.4 * em];
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
      words("*z*", w, floor + 1.2 * em, "end"),
      path("q area", curve(x, foot, density(now()), X, 0)),
      path("q", curve(x, foot, density(now()), X)),
      words("*q*", ...above(now()), "middle", "t-q"),
      !isPath && moved() ? path("q guide", curve(x, foot, density(drawn), X)) : [],
      !isPath && Math.abs(drawn.mu - mean.value) > 0.4 ? words("*q*₀", ...above(drawn), "middle", "t-q") : [],
      path("f", curve(x, y, f, X)), words("*f*", x(3.4) - 0.8 * em, y(f(3.4)), "end"),
      isPath ? tangents : [],
      draws.map((at, i) => dot("draw", x(at), y(f(at)), radius(weights[i]))),
      words(label, 0, floor + 2.7 * em, "start", "muted"),
      path("error", `M${left} ${v(average - error)}H${w}V${v(average + error)}H${left}Z`),
      bars, line("mean", left, v(average), w, v(average)),
      line("exact", left, v(target), w, v(target)),
      words("exact", edge, v(target) + (average < target ? -0.4 : 1.1) * em, "end"),
      words("mean", edge, v(average) + (average < target ? 1.1 : -0.4) * em, "end", "t-q"),
    ];
  });
  const columns = [
    { title: "Pathwise: each draw moves", note: "The noise stays; the draws follow the sliders, and so do their slopes and the gradient, which belong to the *q* that is set.",
      sample: pathwise, svg: view(pathwise, "slope *f*′(*z*) of each draw", true) },
    { title: "Score function: only weights change", note: "The draws stay where *q*₀ put them, and so does the gradient; a dot’s area is *q*/*q*₀, how much more often *q* would put one there.",
      sample: score, svg: view(score, "*f*(*z*) ∂ln *q*(*z*)/∂*μ* of each draw", false) },
  ];

  const again = make("button", { type: "button" }, "Draw anew from q");
  again.addEventListener("click", () => { drawn = now(); update(); });
  const valuesNow = () => `mean ${mean.text} and deviation ${width.text}`;

  function update() {
    for (const column of columns) {
      const sample = column.sample(), { average, error } = estimate(sample);
      const where = `mean ${show(sample.place.mu)} and deviation ${show(sample.place.sigma)}`;
      column.svg.redraw();
      column.svg.setAttribute("aria-label", `f(z) with the 12 draws on it, drawn with ${where}, over the density for ${valuesNow()}; below, what each draw gives to the gradient, and their mean beside the exact gradient.`);
      const cells = { mean: average, "standard error": error, "exact gradient": exact(sample.place) };
      column.output.replaceChildren(...Object.entries(cells).map(([name, value]) =>
        make("span", {}, make("small", {}, `${name} `), make("span", { class: "number" }, show(value)))));
    }
    [now(), drawn].forEach(({ mu, sigma }, i) => {
      columns[i].where.replaceChildren(...phrase(`Gradient at ${i ? "*q*₀: " : ""}*μ* = ${show(mu)}, *σ* = ${show(sigma)}`));
    });
  }
  for (const column of columns) {
    column.output = make("output", { for: `${id}-mu ${id}-sigma`, "aria-live": "polite" });
    column.where = make("span");
    column.place = make("p", { class: "place" }, column.where);
    column.element = make("div", {}, make("p", { class: "title" }, column.title),
      make("p", { class: "note" }, ...phrase(column.note)), make("div", {}, column.svg), column.place, column.output);
  }
  columns[1].place.append(again);
  const control = (slider) => make("div", {}, slider.head, slider.input);
  return { update, contents: [
    make("div", { class: "columns" }, control(mean), control(width)),
    make("div", { class: "columns" }, ...columns.map((column) => column.element)),
  ] };
});
