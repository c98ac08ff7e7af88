/* KL(q || prior) for q = N(mu, sigma^2) over the prior N(0, 1): the two densities, the
   integrand, and the two terms of the KL as springs. The slider of sigma moves log2
   sigma, since the second spring is one in ln sigma. */
"use strict";
explorer.start((id) => {
  const { make, path, line, dot, words, phrase, show, normal, scale, curve } = explorer;
  const Z = [-10, 10]; // what the plot shows
  const MU = [-2, 2], LOG2 = [-1.5, 1.5]; // what the sliders cover
  const prior = (z) => normal(z, 0, 1);
  const ofMean = (mu) => mu ** 2 / 2; // the two springs, in nats
  const ofWidth = (sigma) => (sigma ** 2 - 1) / 2 - Math.log(sigma);

  const now = () => ({ mu: mean.value, sigma: 2 ** width.value });
  const handles = { mean: dot("handle", 0, 0, 0), width: dot("handle", 0, 0, 0) };
  const plot = explorer.drawing(21.5, drawPlot, Object.values(handles));
  const mean = explorer.slider(`${id}-mu`, "mean *μ* of *q*",
    { min: MU[0], max: MU[1], step: 0.05, value: 1, text: (v) => show(v) }, () => update());
  const width = explorer.slider(`${id}-sigma`, "deviation *σ* of *q*",
    { min: LOG2[0], max: LOG2[1], step: 0.05, value: -1, text: (v) => show(2 ** v) }, () => update());

  /* q ln(q/p) at z, by logarithms, which stay finite where q and p are 0. */
  function integrand(z, { mu, sigma }) {
    const logRatio = (z ** 2 - ((z - mu) / sigma) ** 2) / 2 - Math.log(sigma);
    return normal(z, mu, sigma) * logRatio;
  }
  /* Its areas above and below zero, which differ by the KL. */
  function areas(state) {
    const step = state.sigma / 200, found = { above: 0, below: 0 };
    for (let i = -2000; i <= 2000; i++) {
      const value = integrand(state.mu + i * step, state) * step;
      found[value > 0 ? "above" : "below"] += Math.abs(value);
    }
    return found;
  }

  function drawPlot(w, h, em) {
    const state = now(), { mu, sigma } = state;
    const left = 2.4 * em, floor = 10.7 * em, bottom = h - 1.9 * em;
    const x = scale(Z, [left, w - 2]);
    const y = scale([0, 1.2], [floor, 1.6 * em]);
    const q = (z) => normal(z, mu, sigma);
    const g = (z) => integrand(z, state);
    const top = explorer.roomFor(Math.max(...[-2, -1, 0, 1, 2].map((t) => g(mu + t * sigma))), [0.5, 1, 2, 4]);
    const v = scale([-0.2 * top, top], [bottom, floor + 2.8 * em]);
    const side = mu < 0 ? -1 : 1; // q is named on its outer side, the prior on the other
    const outer = side > 0 ? "start" : "end", inner = side > 0 ? "end" : "start";
    const ticks = (place, values, digits) => values.map((value) => [
      line("tick", left - 4, place(value), left, place(value)),
      words(show(value, digits), left - 7, place(value) + 0.3 * em, "end"),
    ]);
    const grip = { mean: [x(mu), y(q(mu))], width: [x(mu + sigma), y(q(mu + sigma))] };
    for (const [name, [cx, cy]] of Object.entries(grip)) {
      for (const [key, value] of Object.entries({ cx, cy, r: 1.4 * em })) {
        handles[name].setAttribute(key, value);
      }
    }
    drawPlot.x = x;
    return [
      line("axis", left, y(0), w, y(0)), line("axis", left, v(0), w, v(0)),
      ticks(y, [0, 0.5, 1], 1), ticks(v, [0, top], 1),
      [-8, -4, 0, 4, 8].map((z) => words(show(z, 0), x(z), h - 0.5 * em, "middle")),
      words("*z*", w - 2, h - 0.5 * em, "end"),
      words("density", 0, 0.9 * em, "start", "muted"),
      words("*q* ln(*q*/*p*), in nats per unit of *z*", 0, floor + 1.5 * em, "start", "muted"),
      path("above", curve(x, v, (z) => Math.max(g(z), 0), Z, 0)),
      path("below", curve(x, v, (z) => Math.min(g(z), 0), Z, 0)),
      path("integrand", curve(x, v, g, Z)),
      path("prior", curve(x, y, prior, Z)), path("q", curve(x, y, q, Z)),
      line("q guide", ...grip.mean, x(mu), y(0)),
      line("q guide", x(mu), grip.width[1], ...grip.width),
      words("*σ*", (x(mu) + x(mu + sigma)) / 2, grip.width[1] + 1.05 * em, "middle", "t-q"),
      words("*q*", x(mu + side * 1.5 * sigma) + side * 0.5 * em, y(q(mu + 1.5 * sigma)) - 0.2 * em, outer, "t-q"),
      words("prior *p*", x(-side * 1.3) - side * 0.4 * em, y(prior(1.3)) - 0.2 * em, inner, "t-prior"),
      dot("grip", ...grip.mean, 0.38 * em), dot("grip", ...grip.width, 0.38 * em),
    ];
  }

  /* A spring: its energy over the slider below it, the point, and the pull on it. */
  function spring(energy, range, at, slope) {
    return explorer.drawing(7.4, (w, h, em) => {
      const inset = 8; // half of a slider's knob
      const x = scale(range, [inset, w - inset]), y = scale([0, 2.7], [h - 6, 1.5 * em]);
      const [px, py] = [x(at()), y(energy(at()))];
      const pull = (-slope(at()) * w) / 9, tip = px + pull, head = Math.sign(pull) * -5;
      return [
        line("axis", 0, y(0), w, y(0)),
        path("energy", curve(x, y, energy, range)),
        Math.abs(pull) < 4 ? [] : [
          path("pull", `M${px} ${py}H${tip}m${head} -4L${tip} ${py}l${head} 4`),
          Math.abs(pull) < 2.2 * em ? [] : words("pull", px + pull / 2, py - 0.5 * em, "middle"),
        ],
        dot("grip", px, py, 0.38 * em),
      ];
    });
  }
  const springs = [
    spring(ofMean, MU, () => mean.value, (mu) => mu),
    spring((v) => ofWidth(2 ** v), LOG2, () => width.value, (v) => 4 ** v - 1),
  ];
  const number = () => make("span", { class: "number" });
  const terms = [number(), number()], shaded = [number(), number(), number()];
  const total = make("output", { class: "total", for: `${id}-mu ${id}-sigma`, "aria-live": "polite" });

  explorer.drag(plot, [ // a slider takes the nearest value that it has
    { element: handles.mean, move: (px) => { mean.value = drawPlot.x.inverse(px); } },
    { element: handles.width, move: (px) => {
      width.value = Math.log2(Math.max(drawPlot.x.inverse(px) - mean.value, 0.01));
    } },
  ]);

  function update() {
    const { mu, sigma } = now();
    const parts = [ofMean(mu), ofWidth(sigma)], area = areas({ mu, sigma });
    [plot, ...springs].forEach((svg) => svg.redraw());
    plot.setAttribute("aria-label", `Two densities over z: the prior, with mean 0 and deviation 1, and q, with mean ${show(mu)} and deviation ${show(sigma)}. Below them q ln(q/p): its area is ${show(area.above)} nats above zero and ${show(area.below)} below.`);
    springs[0].setAttribute("aria-label", `The energy of the mean, a parabola; its slope at ${show(mu)} is ${show(mu)}.`);
    springs[1].setAttribute("aria-label", `The energy of the deviation over its logarithm, steep above 1 and soft below; its slope at ${show(sigma)} is ${show(sigma ** 2 - 1)}.`);
    shaded.forEach((place, i) => {
      place.textContent = show([area.above, area.below, area.above - area.below][i], 3);
    });
    terms.forEach((term, i) => { term.textContent = show(parts[i], 3); });
    total.replaceChildren(...phrase("KL(*q* \u2225 *p*) = "), `${show(parts[0], 3)} + ${show(parts[1], 3)} = `,
      make("b", { class: "number" }, show(parts[0] + parts[1], 3)), " nats");
  }
  const column = (slider, svg, formula, term) => make("div", {}, slider.head,
    make("div", {}, svg), slider.input, make("p", {}, ...formula, " ", make("span", { class: "nobr" }, "= ", term, " nats")));
  const squared = make("sup", {}, "2");
  return { update, contents: [
    make("div", {}, plot),
    make("p", { class: "areas" }, make("span", { class: "t-above" }, "area above zero "), shaded[0],
      make("span", { class: "t-below" }, " \u2212 area below "), shaded[1],
      " ", make("span", { class: "nobr" }, "= ", shaded[2], " nats")),
    make("div", { class: "columns" },
      column(mean, springs[0], [make("i", {}, "μ"), squared, "/2"], terms[0]),
      column(width, springs[1], ["(", make("i", {}, "σ"), squared.cloneNode(true), " − 1)/2 − ln ", make("i", {}, "σ")], terms[1])),
    total,
  ] };
});
