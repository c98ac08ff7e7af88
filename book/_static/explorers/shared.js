/* What the explorers share: elements, drawings in the page's own text size, sliders.
   A classic script, since modules and fetch() are blocked on pages from file://. */
"use strict";
const explorer = (() => {
  /* An element: make("p", {class: "total"}, "KL ", other); "svg:path" is one of SVG. */
  function make(name, attributes = {}, ...children) {
    const element = name.startsWith("svg:")
      ? document.createElementNS("http://www.w3.org/2000/svg", name.slice(4))
      : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }
  const path = (className, d) => make("svg:path", { class: className, d });
  const line = (className, x1, y1, x2, y2) => path(className, `M${x1} ${y1}L${x2} ${y2}`);
  const dot = (className, cx, cy, r) => make("svg:circle", { class: className, cx, cy, r });

  /* Words in a drawing; anchor is start, middle or end, and *x* is a symbol. */
  function words(text, x, y, anchor = "start", className = "") {
    const parts = text.split("*").map((part, i) =>
      i % 2 ? make("svg:tspan", { class: "symbol" }, part) : part);
    return make("svg:text", { x, y, "text-anchor": anchor, class: className }, ...parts);
  }
  /* The same in the page's text. */
  const phrase = (text) => text.split("*").map((part, i) => (i % 2 ? make("i", {}, part) : part));

  /* A number as print has it: a true minus sign, and none before zero. */
  function show(value, digits = 2) {
    const text = value.toFixed(digits);
    return text.replace("-", Number(text) === 0 ? "" : "\u2212");
  }
  const normal = (x, mu, sigma) =>
    Math.exp(-(((x - mu) / sigma) ** 2) / 2) / (sigma * Math.sqrt(2 * Math.PI));

  /* Where a value of [from, to] lies between two pixels; its inverse goes back. */
  function scale([from, to], [start, end]) {
    const place = (value) => start + ((value - from) / (to - from)) * (end - start);
    place.inverse = (pixel) => from + ((pixel - start) / (end - start)) * (to - from);
    return place;
  }
  /* The first of some steps that holds a value, so that an axis changes seldom. */
  const roomFor = (value, steps) => steps.find((step) => value <= step) ?? steps.at(-1);

  /* The line of y = g(x), with x and y scales; with a base it is closed as an area. */
  function curve(x, y, g, [from, to], base) {
    const points = [];
    for (let i = 0; i <= 300; i++) {
      const at = from + ((to - from) * i) / 300;
      points.push(`${x(at).toFixed(1)} ${y(g(at)).toFixed(1)}`);
    }
    const close = base === undefined ? "" : `L${x(to)} ${y(base)}L${x(from)} ${y(base)}Z`;
    return `M${points.join("L")}${close}`;
  }

  /* A drawing, as wide as its place and `lines` lines of text high. draw(width, height,
     em) gives what is in it, in pixels; keep holds what stays when it is drawn again. */
  function drawing(lines, draw, keep = []) {
    const group = make("svg:g");
    const svg = make("svg:svg", { role: "img" }, group, ...keep);
    let width = 0;
    svg.measure = () => {
      const em = parseFloat(getComputedStyle(svg).fontSize);
      const height = Math.round(lines * em);
      const now = Math.floor(svg.parentElement.getBoundingClientRect().width);
      if (now === 0 || now === width) return;
      width = now;
      for (const [key, value] of Object.entries({ width, height })) svg.setAttribute(key, value);
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.redraw = () => group.replaceChildren(...draw(width, height, em).flat(2));
      svg.redraw();
    };
    svg.redraw = () => {}; // until it has a place
    return svg;
  }

  /* A native slider with its name and value; text(value) is shown and read out. */
  function slider(id, name, { min, max, step, value, text }, changed) {
    const input = make("input", { type: "range", id, min, max, step, value });
    const shown = make("span", { class: "value" });
    const refresh = () => {
      shown.textContent = text(Number(input.value));
      input.setAttribute("aria-valuetext", shown.textContent);
    };
    input.addEventListener("input", () => { refresh(); changed(); });
    refresh();
    return {
      input,
      head: make("div", { class: "slider-head" }, make("label", { for: id }, ...phrase(name)), shown),
      get text() { return shown.textContent; },
      get value() { return Number(input.value); },
      set value(next) {
        input.value = next;
        refresh();
        changed();
      },
    };
  }

  /* A native menu with its name, of options [value, words]. */
  function menu(id, name, options, value, changed) {
    const select = make("select", { id }, ...options.map(([key, text]) => make("option", { value: key }, text)));
    select.value = value;
    select.addEventListener("change", changed);
    return {
      label: make("label", { for: id }, ...phrase(name)),
      select,
      get value() { return select.value; },
      set value(next) { select.value = next; },
    };
  }

  /* Follow a pointer from one of the handles, [{element, move(x, y)}], of a drawing. */
  function drag(svg, handles) {
    let held = null;
    const place = (event) => {
      const box = svg.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const centre = ({ element }) => ["cx", "cy"].map((key) => Number(element.getAttribute(key)));
    const onHandle = (event) => handles.some(({ element }) => element === event.target);
    svg.addEventListener("touchstart", (event) => { // else the page scrolls with the finger
      if (onHandle(event)) event.preventDefault();
    }, { passive: false });
    svg.addEventListener("pointerdown", (event) => {
      if (event.button || !onHandle(event)) return;
      const at = place(event); // where two handles overlap, the nearer one is meant
      const far = (handle) => Math.hypot(centre(handle)[0] - at[0], centre(handle)[1] - at[1]);
      held = handles.reduce((best, handle) => (far(handle) < far(best) ? handle : best));
      held.offset = centre(held).map((value, i) => value - at[i]);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    svg.addEventListener("pointermove", (event) => {
      if (held) held.move(...place(event).map((value, i) => value + held.offset[i]));
    });
    for (const end of ["pointerup", "pointercancel"]) {
      svg.addEventListener(end, () => { held = null; });
    }
  }

  /* Fill the box in front of the script that runs, and hide the picture behind it.
     fill(id, data) gives the contents and update(), which draws them for the sliders'
     values; data is what the page holds for it, if anything. */
  function start(fill) {
    const box = document.currentScript.parentElement.querySelector(".explorer:empty");
    const held = box.parentElement.querySelector("script[type='application/json']");
    const { contents, update } = fill(box.dataset.figure, held && JSON.parse(held.textContent));
    box.append(...contents);
    const drawings = [...box.querySelectorAll("svg")];
    const measure = () => drawings.forEach((svg) => svg.measure());
    box.closest("figure").classList.add("explored");
    measure();
    update();
    new ResizeObserver(measure).observe(box);
  }

  return { make, path, line, dot, words, phrase, show, normal, scale, roomFor, curve, drawing, slider, menu, drag, start };
})();
