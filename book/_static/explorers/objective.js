/* What a loss says: whatever is summed or averaged, it is a * E + b * KL for each image,
   E the squared error or the cross-entropy (BCE) summed over pixels and KL that summed
   over latents. So it claims a deviation of pixels, or puts a weight beta on the KL. */
"use strict";
explorer.start((id) => {
  const { make, line, dot, words, phrase, scale } = explorer;
  const SUM = "sum", MEAN = "mean", HOW = [[SUM, SUM], [MEAN, MEAN]], RULER = [-3, 3]; // powers of ten
  const short = (value) => String(Number(value.toPrecision(3))).replace("-", "\u2212");

  /* Fields that a preset leaves out do not matter for it. From the public code of each. */
  const base = { loss: "mse", weight: "1", pixels: SUM, batch: SUM, klWeight: "1", latents: SUM, klBatch: SUM };
  const PRESETS = {
    "This course: Binomial(16)": [{ loss: "bce", weight: "16", D: "64" },
      "The log-likelihood of 16 draws a pixel is 16 times the BCE, up to a constant."],
    "G\u00e9ron, chapter 17": [{ pixels: MEAN, D: "784", klWeight: "1/784" },
      "The mean over pixels is met by a KL divided by as many."],
    "PyTorch-VAE": [{ pixels: MEAN, D: "12288", klWeight: "0.00025" },
      "The weight of training; validation uses a weight of 1."],
    "Foster, faces": [{ weight: "2000", pixels: MEAN, D: "3072" }, "Images of 32 \u00d7 32 pixels in three colours."],
    "Raschka": [{ D: "784" }, "Sum and sum."],
    "Foster, clothes": [{ loss: "bce", weight: "500", pixels: MEAN, D: "1024" }, "Images of 32 \u00d7 32 pixels."],
    "PyTorch, Keras": [{ loss: "bce", D: "784" },
      "Sum and sum. The pixels are not only 0 and 1."],
    "vae-cnn": [{ loss: "bce", latents: MEAN, d: "32", klBatch: MEAN, B: "32" },
      "The BCE is summed over the batch, the KL averaged over it and over the latents."],
  };
  const OWN = "your own";

  const menu = (key, name, options) => explorer.menu(`${id}-${key}`, name, options, options[0][0], () => changed());
  function field(key, name, value) {
    const input = make("input", { type: "text", id: `${id}-${key}`, inputmode: "decimal", size: 7, value });
    input.addEventListener("input", () => changed());
    return {
      label: make("label", { for: input.id }, ...phrase(name)),
      select: input,
      get value() { return input.value; },
      set value(next) { input.value = next; },
    };
  }
  const fields = {
    loss: menu("loss", "error", [["mse", "squared error"], ["bce", "BCE"]]),
    weight: field("weight", "times", "1"),
    pixels: menu("pixels", "over pixels", HOW),
    batch: menu("batch", "over the batch", HOW),
    klWeight: field("kl-weight", "times", "1"),
    latents: menu("latents", "over latents", HOW),
    klBatch: menu("kl-batch", "over the batch", HOW),
    D: field("D", "pixels *D*", "784"),
    d: field("d", "latents *d*", "20"),
    B: field("B", "batch *B*", "128"),
  };
  const preset = explorer.menu(`${id}-preset`, "loss of", [OWN, ...Object.keys(PRESETS)].map((name) => [name, name]), OWN, () => {
    const [given] = PRESETS[preset.value] ?? [{}];
    for (const [key, value] of Object.entries(preset.value === OWN ? {} : { ...base, ...given })) fields[key].value = value;
    update();
  });
  const changed = () => { preset.value = OWN; update(); };

  /* A number or a fraction such as 1/784; NaN unless it is above zero. */
  function read(text) {
    const parts = text.split("/").map((part) => (part.trim() ? Number(part) : NaN));
    const value = parts.length > 2 ? NaN : parts.reduce((p, q) => p / q);
    return value > 0 && value < Infinity ? value : NaN;
  }
  /* The loss as a sum over images of a * E + b * KL, and what it implies. */
  function implied() {
    const size = (key) => read(fields[key].value);
    const share = (how, count) => (fields[how].value === MEAN ? 1 / size(count) : 1);
    const both = fields.batch.value === fields.klBatch.value; // then the batch cancels
    const a = size("weight") * share("pixels", "D") * (both ? 1 : share("batch", "B"));
    const b = size("klWeight") * share("latents", "d") * (both ? 1 : share("klBatch", "B"));
    const gaussian = fields.loss.value === "mse";
    return { a, b, gaussian, value: gaussian ? b / (2 * a) : b / a };
  }

  function meaning({ gaussian, value }) {
    if (gaussian) {
      const sigma = Math.sqrt(value);
      const size = sigma > 0.5 ? ", more than any pixel between 0 and 1 can deviate"
        : sigma < 1 / 255 ? ", less than a step of an 8-bit pixel: almost an autoencoder" : "";
      return `The model claims that pixels deviate from the decoder\u2019s image by *σ* = ${short(sigma)}${size}. A nat of KL pays if it lowers the squared error of an image by more than 2*σ*² = ${short(2 * value)}.`;
    }
    const size = Math.abs(value - 1) < 1e-9 ? "the price of the ELBO"
      : value > 1 ? "dearer than in the ELBO, so the code tells less"
        : value < 0.01 ? "almost nothing, as in an autoencoder" : "cheaper than in the ELBO, so the code tells more";
    return `A nat of KL pays if it lowers the BCE of an image by more than *β* = ${short(value)} (in nats). For pixels that are 0 or 1 this is ${size}.`;
  }

  const ruler = explorer.drawing(5.2, (w, h, em) => {
    const { gaussian, value } = implied();
    const x = scale(RULER, [1.6 * em, w - 1.6 * em]), y = h - 2.2 * em;
    const place = x(Math.min(Math.max(Math.log10(value), RULER[0]), RULER[1]));
    return [
      words(gaussian ? "*σ*² of a pixel" : "*β*, weight of the KL", 0, 0.9 * em, "start", "muted"),
      line("axis", x(RULER[0]), y, x(RULER[1]), y),
      [-3, -2, -1, 0, 1, 2, 3].map((power) => [line("tick", x(power), y - 4, x(power), y + 4),
        words(short(10 ** power), x(power), h - 0.6 * em, "middle")]),
      Number.isNaN(place) ? [] : [dot("grip", place, y, 0.45 * em), words(short(value), place, y - 0.9 * em, place < w / 9 ? "start" : place > 0.89 * w ? "end" : "middle", "t-q")],
    ];
  });
  const coefficients = make("p"), note = make("p", { class: "note" }), says = make("p", { class: "says" });
  const result = make("output", { class: "total", "aria-live": "polite" });
  function update() {
    const now = implied(), { a, b, gaussian, value } = now, bad = Number.isNaN(value);
    ruler.redraw();
    ruler.setAttribute("aria-label", bad ? "A scale without a mark." : `A scale from 0.001 to 1000 by powers of ten, with a mark at ${short(value)}.`);
    note.textContent = PRESETS[preset.value]?.[1] ?? "Change anything, or start from the loss of public code.";
    const error = gaussian ? "squared error" : "BCE";
    coefficients.replaceChildren(...(bad ? ["Every number must be above 0; a fraction such as 1/784 will do."]
      : phrase(`For an image: *a* = ${short(a)} times the summed ${error}, *b* = ${short(b)} times the summed KL.`)));
    says.replaceChildren(...(bad ? [] : phrase(meaning(now))));
    const shown = (name, number) => make("span", { class: "nobr" }, ...phrase(name), make("b", { class: "number" }, short(number)));
    result.replaceChildren(...(bad ? ["\u2013"] : gaussian ? [shown("*σ*² = *b*/(2*a*) = ", value)]
      : [shown("*β* = *b*/*a* = ", value), ...phrase("; for *x* = *k*/16, read as Binomial, "), shown("16 *b*/*a* = ", 16 * value)]));
  }
  const row = (name, ...cells) => make("div", { class: "fields", role: "group", "aria-label": name },
    ...cells.map((cell) => (typeof cell === "string" ? make("span", {}, cell) : make("div", {}, cell.label, cell.select))));
  const { loss, weight, pixels, batch, klWeight, latents, klBatch, D, d, B } = fields;
  return { update, contents: [
    make("div", { class: "choices" }, preset.label, preset.select), note,
    row("error", loss, weight, pixels, batch), row("KL", "plus the KL", klWeight, latents, klBatch),
    row("sizes", "with sizes", D, d, B),
    make("div", { class: "verdict" }, make("div", {}, ruler), result, coefficients, says),
  ] };
});
