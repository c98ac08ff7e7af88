/* A point on the plane of two latent numbers, moved by pointer, finger or keys, and the
   image that the decoder makes of it. The page holds the decoder and the codes of some
   digits, which are the numerals on the map. Two of them can be walked between. */
"use strict";
explorer.start((id, data) => {
  const { make, line, dot, words, phrase, show, scale } = explorer;
  const FRAMES = 9; // images along a walk

  /* What the library packed: 16-bit integers, times a step. */
  function unpack({ step, base64 }) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 2 }, (_, i) => step * view.getInt16(2 * i, true));
  }
  const layers = data.layers.map(({ weight, bias }) => ({ weight: unpack(weight), bias: unpack(bias) }));
  const flat = unpack(data.codes), labels = [...data.labels].map(Number);
  const codes = labels.map((_, i) => [flat[2 * i], flat[2 * i + 1]]);

  /* The decoder: linear maps, SiLU between them, the logistic function at the end. */
  const logistic = (v) => 1 / (1 + Math.exp(-v));
  function decode(z) {
    return layers.reduce((input, { weight, bias }, layer) => bias.map((sum, i) => {
      for (let j = 0; j < input.length; j++) sum += weight[i * input.length + j] * input[j];
      return logistic(sum) * (layer < layers.length - 1 ? sum : 1);
    }), z);
  }
  /* Images beside each other, 0 white and 1 black, with a gap of a pixel. */
  function paint(canvas, images) {
    const { side } = data, context = canvas.getContext("2d");
    images.forEach((image, k) => {
      const pixels = context.createImageData(side, side);
      image.forEach((v, i) => pixels.data.set([255 * (1 - v), 255 * (1 - v), 255 * (1 - v), 255], 4 * i));
      context.putImageData(pixels, k * (side + 1), 0);
    });
  }
  const canvas = (className, count) => make("canvas", {
    class: className, role: "img", width: count * (data.side + 1) - 1, height: data.side });

  /* The sliders: steps so fine that the point goes where it is dragged. */
  const ranges = [0, 1].map((axis) => {
    const values = codes.map((code) => code[axis]);
    const low = Math.min(...values), high = Math.max(...values), room = 0.06 * (high - low) || 1;
    const step = explorer.roomFor((high - low) / 400, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]);
    return { step, min: Math.floor((low - room) / step) * step, max: Math.ceil((high + room) / step) * step };
  });
  const sliders = ["*z*₁", "*z*₂"].map((name, axis) => explorer.slider(`${id}-z${axis + 1}`, name,
    { ...ranges[axis], value: 0, text: (v) => show(v) }, () => update()));
  const here = () => sliders.map((slider) => slider.value);
  const go = (z) => sliders.forEach((slider, axis) => { slider.value = z[axis]; });
  /* The codes by their distance from z. */
  function nearest(z, count) {
    const far = codes.map((code) => Math.hypot(code[0] - z[0], code[1] - z[1]));
    return [...far.keys()].sort((i, j) => far[i] - far[j]).slice(0, count);
  }

  /* A walk, between places where codes of one digit are among their like. */
  const digits = [...new Set(labels)].sort((a, b) => a - b);
  const alike = codes.map((code, i) => nearest(code, 8).filter((j) => labels[j] === labels[i]).length);
  const home = Object.fromEntries(digits.map((digit) => {
    const own = [...codes.keys()].filter((i) => labels[i] === digit);
    return [digit, codes[own.reduce((best, i) => (alike[i] > alike[best] ? i : best))]];
  }));
  const choices = digits.map((digit) => [digit, digit]);
  const from = explorer.menu(`${id}-from`, "Walk from digit", choices, digits[0], () => walk());
  const to = explorer.menu(`${id}-to`, "to digit", choices, digits[1] ?? digits[0], () => walk());
  const along = (t) => [0, 1].map((axis) => (1 - t) * home[from.value][axis] + t * home[to.value][axis]);
  const way = explorer.slider(`${id}-way`, "part of the way",
    { min: 0, max: 1, step: 0.01, value: 0, text: (v) => show(v) }, () => go(along(way.value)));

  /* The map: numerals, drawn once for each size; on them the walk and the point. */
  const path = make("svg:path", { class: "walk" });
  const point = dot("grip", 0, 0, 6);
  const handle = make("svg:circle", { class: "handle point", r: 22, tabindex: 0, role: "slider", "aria-label": "point on the map" });
  let place; // of the two numbers, in pixels
  const map = explorer.drawing(23, (w, h, em) => {
    const x = scale([ranges[0].min, ranges[0].max], [0, w]);
    const y = scale([ranges[1].min, ranges[1].max], [h, 0]);
    place = { x, y };
    move();
    const numerals = codes.map(([z1, z2], i) => {
      const numeral = words(String(labels[i]), x(z1), y(z2) + 0.3 * em, "middle", "numeral");
      numeral.style.fill = data.colours[labels[i]];
      return numeral;
    });
    const span = Math.max(...ranges.map(({ min, max }) => max - min));
    const tick = explorer.roomFor(span / 8, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]);
    const number = (i) => show(i * tick, tick < 1 ? 1 : 0);
    const inside = (pixel, size) => pixel > 1.5 * em && pixel < size - 1.5 * em;
    const ticks = [-4, -3, -2, -1, 1, 2, 3, 4].map((i) => [
      inside(x(i * tick), w) ? words(number(i), x(i * tick), y(0) + 1.1 * em, "middle", "muted") : [],
      inside(y(i * tick), h) ? words(number(i), x(0) - 0.4 * em, y(i * tick) + 0.3 * em, "end", "muted") : [],
      line("tick", x(i * tick), y(0) - 3, x(i * tick), y(0) + 3),
      line("tick", x(0) - 3, y(i * tick), x(0) + 3, y(i * tick)),
    ]);
    return [line("axis", 0, y(0), w, y(0)), line("axis", x(0), 0, x(0), h), ticks, numerals,
      words("*z*₁", w - 2, y(0) - 0.4 * em, "end"), words("*z*₂", x(0) + 0.4 * em, 0.9 * em)];
  }, [path, point, handle]);
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", `Map of ${labels.length} encoded digits, each a numeral at its code, with a point to move`);
  map.firstChild.setAttribute("aria-hidden", "true");
  function move() {
    const [z1, z2] = here();
    for (const circle of [point, handle]) {
      circle.setAttribute("cx", place.x(z1));
      circle.setAttribute("cy", place.y(z2));
    }
    path.setAttribute("d", `M${[0, 1].map(along).map(([u, v]) => `${place.x(u)} ${place.y(v)}`).join("L")}`);
  }
  const at = (px, py) => go([place.x.inverse(px), place.y.inverse(py)]);
  explorer.drag(map, [{ element: handle, move: at }]);
  let free = false; // a press or a tap beside the point calls it there
  map.addEventListener("pointerdown", (event) => { free = event.target !== handle; });
  map.addEventListener("click", (event) => {
    const box = map.getBoundingClientRect();
    if (free) at(event.clientX - box.left, event.clientY - box.top);
  });
  const keys = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  handle.addEventListener("keydown", (event) => {
    if (!(event.key in keys)) return;
    const pace = event.shiftKey ? 1 : 5; // steps of the sliders
    go(here().map((value, axis) => value + keys[event.key][axis] * pace * ranges[axis].step));
    event.preventDefault(); // the page does not scroll
  });

  const image = canvas("image", 1), strip = canvas("strip", FRAMES);
  const said = make("output", { for: sliders.map((slider) => slider.input.id).join(" "), "aria-live": "polite" });
  function update() {
    const z = here(), close = labels[nearest(z, 1)[0]];
    const where = `(${z.map((value) => show(value)).join(", ")})`;
    paint(image, [decode(z)]);
    if (place) move();
    image.setAttribute("aria-label", `What the decoder draws at z = ${where}, where the nearest code is that of a ${close}`);
    handle.setAttribute("aria-valuenow", z[0]);
    handle.setAttribute("aria-valuetext", where);
    said.replaceChildren(...phrase(`*z* = ${where}; `), make("span", { class: "nobr" }, "nearest code: a ", make("b", {}, close)));
  }
  function walk() {
    paint(strip, Array.from({ length: FRAMES }, (_, k) => decode(along(k / (FRAMES - 1)))));
    strip.setAttribute("aria-label", `${FRAMES} images on the straight way from a ${from.value} to a ${to.value}`);
    go(along(way.value));
  }
  walk();
  return { update, contents: [
    make("div", { class: "map" }, make("div", {}, map), make("div", { class: "drawn" }, image, said)),
    make("div", { class: "columns" }, ...sliders.map((slider) => make("div", {}, slider.head, slider.input))),
    make("div", { class: "choices" }, from.label, from.select, to.label, to.select),
    strip, way.head, way.input,
  ] };
});
