// The explorer: what is asked stands in the controls and in the address, network.js answers, and this page draws.
"use strict";

(() => {
  const HOME = document.currentScript.src.replace(/[^/]*$/, "");
  const STEPS = 100, EVERY = 5; // of the slider; of the curve
  const WORDS = { // probe: its name, what its strength is, and a strength that shows what it does
    "binarize-unit": ["from weights to signs", (s) => `${percent(s, 0)} of the way to signs`, 1],
    "prune-smallest": ["prune, smallest first", (s) => `${percent(s, 0)} of the weights removed`, 0.5],
    "prune-largest": ["prune, largest first", (s) => `${percent(s, 0)} of the weights removed`, 0.05],
    "prune-random": ["prune at random", (s) => `${percent(s, 0)} of the weights removed`, 0.5],
    "flip-smallest": ["flip signs, smallest first", (s) => `${percent(s, 0)} of the signs flipped`, 0.3],
    "noise-uniform": ["add noise", (s) => `noise of up to ±${s.toPrecision(2)} on every weight`, 0.125],
    "shuffle-within_sign": ["shuffle within signs", (s) => `${percent(s, 0)} of the weights shuffled within their signs`, 1],
  };
  const SIGNS_STAY = ["binarize-unit", "shuffle-within_sign"]; // along these no sign changes
  const TASKS = {
    "mnist/7-9": "MNIST 7 vs 9 (hard)", "mnist/0-7": "MNIST 0 vs 7 (easy)",
    "fashion_mnist/3-1": "Fashion-MNIST Dress vs Trouser (hard)", "fashion_mnist/3-2": "Fashion-MNIST Dress vs Pullover (easy)",
  };
  const READS = { float: "with their size", signs: "signs only" };
  const BIASES = { published: "random, as published", kept: "trained", refitted: "refitted" };
  const CHOICES = { task: TASKS, probe: WORDS, read: READS, biases: BIASES };
  const START = { task: "mnist/7-9", probe: "binarize-unit", strength: "1", read: "float", biases: "published" };

  // ---- numbers and words ----
  const percent = (share, digits = 1) => `${(100 * share).toFixed(digits)}\u00a0%`;
  const strengthAt = (probe, step) => // noise doubles every ten steps
    probe.startsWith("noise") ? (step ? 2 ** ((step - STEPS) / 10) : 0) : step / STEPS;
  const stepAt = (probe, strength) => {
    const step = probe.startsWith("noise") ? (strength ? STEPS + 10 * Math.log2(strength) : 0) : STEPS * strength;
    return Math.min(STEPS, Math.max(0, Math.round(step) || 0));
  };
  function interval(right, n) { // Wilson, 95 %
    const z = 1.96, share = right / n, middle = share + (z * z) / (2 * n);
    const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
    return [middle - half, middle + half].map((end) => Math.min(1, Math.max(0, end / (1 + (z * z) / n))));
  }

  // ---- what is asked: an address like #task=mnist/7-9&probe=prune-smallest&strength=0.45&read=signs&biases=kept.
  // Links have a ? in the place of the #: the book's theme cannot read such a # in a link ----
  function asked(text, otherwise) {
    const given = { ...otherwise, ...Object.fromEntries(new URLSearchParams(text)) };
    for (const [name, choices] of Object.entries(CHOICES)) if (!Object.hasOwn(choices, given[name])) given[name] = START[name];
    return { ...given, step: stepAt(given.probe, Number(given.strength)) };
  }
  function address({ task, probe, step, read, biases }) {
    const strength = Number(strengthAt(probe, step).toPrecision(4));
    return `task=${task}&probe=${probe}&strength=${strength}&read=${read}&biases=${biases}`;
  }

  // ---- the networks, each loaded when it is first asked for ----
  const networks = {};
  function script(file) {
    return new Promise((done, failed) => {
      const tag = Object.assign(document.createElement("script"), { src: HOME + file, onload: done, onerror: failed });
      document.head.append(tag);
    });
  }
  async function loaded(task) {
    if (!EXPLORER.tasks[task]) await script(`data_${task.replace("/", "_")}.js`);
    return EXPLORER.network.load(EXPLORER.tasks[task]);
  }
  const networkOf = (task) => // one that failed is asked for again
    (networks[task] ??= loaded(task).catch((error) => { delete networks[task]; throw error; }));
  const failed = (error) => `This network does not load here (${error.message ?? "its file is missing"}).`;
  const answersAt = (network, state, step) =>
    EXPLORER.network.answers(network, { ...state, strength: strengthAt(state.probe, step) });

  // ---- the page ----
  const options = (choices, words) =>
    Object.keys(choices).map((key) => `<option value="${key}">${words(choices[key])}</option>`).join("");
  const radios = (name, choices) =>
    Object.entries(choices).map(([key, word]) =>
      `<label><input type="radio" name="${name}" value="${key}"> ${word}</label>`).join("");
  const page = (small) => `
    <form aria-label="What is done to the network">
      <label>Task <select name="task">${options(TASKS, (word) => word)}</select></label>
      <label>Probe <select name="probe">${options(WORDS, ([word]) => word)}</select></label>
      <fieldset><legend>Weights</legend>${radios("read", READS)}</fieldset>
      <fieldset><legend>Biases</legend>${radios("biases", BIASES)}</fieldset>
      <label class="strength"><span>strength</span><input type="range" name="step" min="0" max="${STEPS}"></label>
    </form>
    <p class="answer"></p>
    <div class="shares" aria-hidden="true"></div>
    <div class="pair">
      <figure><svg class="histogram" role="img" aria-label="not drawn yet" viewBox="0 0 360 215"></svg>
        <figcaption>Each image by the difference of the network's two outputs; the line decides.</figcaption></figure>
      <figure><svg class="curve" role="img" aria-label="not drawn yet" viewBox="0 0 360 215"></svg>
        <figcaption>Accuracy along the slider; dashed: signs only.</figcaption></figure>
    </div>
    ${small ? "" : `
    <figure><div class="pair">
        <canvas class="before" role="img" aria-label="not drawn yet"></canvas><canvas class="after" role="img" aria-label="not drawn yet"></canvas></div>
      <figcaption>The 64 hidden units as maps of their 784 weights, those that fire most often first. Left: as trained;
        right: what is left. Green is positive, brown negative, each side on a scale of its own. The bar under a map is
        the share of images on which its unit fires.</figcaption></figure>
    <figure><div class="images"></div>
      <figcaption>The first twelve images and their answers.</figcaption></figure>`}
    <p class="told" role="status"></p><p role="alert"></p>`;

  // ---- drawing: SVG in the colours of the style sheet, canvases for pixels ----
  const line = (x1, y1, x2, y2, kind) => `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`;
  const text = (x, y, words, anchor = "middle") => `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;

  function drawCurve(svg, state, curves, now) {
    const x = (step) => 44 + step * 3.06, y = (share) => 172 - 160 * share;
    let drawn = "";
    for (const share of [0, 0.25, 0.5, 0.75, 1])
      drawn += line(44, y(share), 350, y(share), "grid") + text(38, y(share) + 4, `${100 * share}\u00a0%`, "end");
    for (const step of [0, 25, 50, 75, 100])
      drawn += text(x(step), 190, Number(strengthAt(state.probe, step).toPrecision(2)));
    drawn += text(197, 209, `strength: ${WORDS[state.probe][0]}`);
    for (const read of Object.keys(READS).sort((one) => (one === state.read ? 1 : -1))) {
      const points = curves[read].map((share, at) => [at * EVERY, share]).filter(([, share]) => share !== undefined);
      const path = points.map(([step, share]) => `${x(step)},${y(share)}`).join(" ");
      drawn += `<polyline points="${path}" class="${read} ${read === state.read ? "current" : "other"}"/>`;
    }
    svg.innerHTML = drawn + `<circle cx="${x(state.step)}" cy="${y(now)}" r="6"/>`;
    svg.setAttribute("aria-label", `Curve of accuracy against strength; here it is ${percent(now)}.`);
  }

  function drawHistogram(svg, network, difference) {
    const bins = 37, width = 340 / bins, counts = [new Array(bins).fill(0), new Array(bins).fill(0)];
    const most = Math.max(1e-9, ...difference.map(Math.abs));
    difference.forEach((value, i) =>
      counts[network.labels[i]][Math.min(bins - 1, Math.floor(((value / most + 1) / 2) * bins))]++);
    const scale = 78 / Math.max(...counts.flat());
    let drawn = "";
    counts.forEach((count, label) => count.forEach((images, bin) => {
      const height = images * scale, top = label ? 94 : 94 - height; // the first class upwards, the second downwards
      if (images) drawn += `<rect x="${10 + bin * width}" y="${top}" width="${width - 1}" height="${height}" class="c${label}"/>`;
    }));
    const [first, second] = network.classes;
    drawn += line(10, 94, 350, 94, "grid") + line(180, 8, 180, 180, "decision");
    drawn += text(12, 18, `is ${first} ▲`, "start") + text(12, 178, `is ${second} ▼`, "start");
    drawn += text(172, 205, `◄ answers ${first}`, "end") + text(188, 205, `answers ${second} ►`, "start");
    svg.innerHTML = drawn;
    const sides = [0, 1].map((label) => difference.filter((value, i) => network.labels[i] === label && value > 0).length);
    svg.setAttribute("aria-label", `Difference of logits by class: on the side of ${second} lie ${sides[0]} ` +
      `images of ${first} and ${sides[1]} of ${second}.`);
  }

  function drawUnits(canvas, network, weights, fires, what) {
    const wide = 30, high = 35, image = new ImageData(8 * wide, 8 * high), all = weights["0.weight"];
    const most = all.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 1e-9);
    const dot = (x, y, red, green, blue, alpha) => image.data.set([red, green, blue, alpha], 4 * (y * 8 * wide + x));
    network.order.forEach((unit, place) => {
      const left = (place % 8) * wide + 1, top = Math.floor(place / 8) * high + 1;
      for (let i = 0; i < 784; i++) {
        const value = all[unit * 784 + i] / most, x = left + (i % 28), y = top + Math.floor(i / 28);
        const alpha = 255 * Math.sqrt(Math.abs(value)); // so that small weights can be seen
        if (value > 0) dot(x, y, 0, 150, 110, alpha); else dot(x, y, 190, 105, 20, alpha);
      }
      for (let x = 0; x < 28; x++)
        for (let y = 29; y < 32; y++) dot(left + x, top + y, 128, 128, 128, x < 28 * fires[unit] ? 255 : 60);
    });
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").putImageData(image, 0, 0);
    const silent = fires.filter((share) => share === 0).length;
    canvas.setAttribute("aria-label", `Maps of 64 hidden units, ${what}; ${silent} of them fire on no image.`);
  }

  function drawImages(box, network, said) {
    if (box.dataset.task !== network.title) {
      box.replaceChildren(...Array.from({ length: 12 }, (_, i) => {
        const card = document.createElement("div"), canvas = document.createElement("canvas");
        const image = new ImageData(28, 28), from = network.test.subarray(784 * i, 784 * (i + 1));
        from.forEach((value, at) => image.data.set([...Array(3).fill(127.5 * (value + 1)), 255], 4 * at));
        Object.assign(canvas, { width: 28, height: 28 }).getContext("2d").putImageData(image, 0, 0);
        card.append(canvas, document.createElement("span"));
        return card;
      }));
      box.dataset.task = network.title;
    }
    [...box.children].forEach((card, i) => {
      const right = said[i] === network.labels[i];
      card.className = right ? "right" : "wrong";
      card.lastChild.textContent = `${right ? "✓" : "✗"} ${network.classes[said[i]]}`;
    });
  }

  function told(network, state, { right, images, said }) {
    const still = state.read === "signs" && SIGNS_STAY.includes(state.probe) ? ": no sign changes" : "";
    const strength = WORDS[state.probe][1](strengthAt(state.probe, state.step)) + still, [low, high] = interval(right, images);
    const second = said.reduce((sum, one) => sum + one, 0) / images, shares = [1 - second, second];
    const [one, other] = network.classes;
    const split = `it calls ${percent(shares[0], 0)} of them ${one} and ${percent(shares[1], 0)} ${other}.`;
    return { strength, shares,
      html: `<strong>${percent(right / images)}</strong> right of ${images} test images ` +
        `<span>[${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}]</span>; ${split}`,
      spoken: `${network.title}: ${strength}, read ${READS[state.read]}, biases ${BIASES[state.biases]}. ` +
        `${percent(right / images)} of ${images} test images right; ${split}` };
  }

  // ---- life ----
  async function start(box) {
    const small = "small" in box.dataset;
    const given = () => !small && [location.hash, location.search].find((part) => part.slice(1).startsWith("task="))?.slice(1);
    let state = asked(given() ?? box.dataset.start, START), latest = 0, later, moved = Boolean(given());
    const curves = {}, found = {};
    await networkOf(state.task);
    box.innerHTML = page(small);
    const $ = (selector) => box.querySelector(selector), form = $("form");

    function show() { // what is asked, in the controls
      for (const name of [...Object.keys(CHOICES), "step"]) form.elements[name].value = state[name];
    }
    function draw(network) {
      const answer = answersAt(network, state, state.step), words = told(network, state, answer);
      found.accuracy = answer.right / answer.images;
      $(".strength span").textContent = words.strength;
      form.elements.step.setAttribute("aria-valuetext", words.strength);
      $(".answer").innerHTML = words.html;
      $(".shares").innerHTML = words.shares.map((share, label) =>
        `<span class="c${label}" style="width:${100 * share}%">${share > 0.08 ? network.classes[label] : ""}</span>`).join("");
      drawHistogram($(".histogram"), network, answer.difference);
      drawCurve($(".curve"), state, curvesOf(state), found.accuracy);
      if (small) // the door leads to what is on the screen
        for (const door of document.querySelectorAll(".doors a[href*='explorer.html']")) door.search = address(state);
      else {
        drawUnits($(".before"), network, network.weights, network.fires, "as trained");
        drawUnits($(".after"), network, answer.weights, answer.firing, "what is left");
        drawImages($(".images"), network, answer.said);
      }
      const before = location.hash;
      clearTimeout(later);
      later = setTimeout(() => { // once the slider rests
        $(".told").textContent = words.spoken;
        if (!small && moved && location.hash === before) history.replaceState(null, "", `${location.pathname}#${address(state)}`);
      }, 300);
    }
    const curvesOf = ({ task, probe, biases }) =>
      (curves[[task, probe, biases]] ??= { float: new Array(STEPS / EVERY + 1).fill(), signs: new Array(STEPS / EVERY + 1).fill() });
    function fill(network, turn) { // the curve, a point at a time, so that the slider stays free
      const ours = curvesOf(state), reads = [state.read, ...Object.keys(READS).filter((read) => read !== state.read)];
      const read = reads.find((one) => ours[one].includes(undefined));
      if (!read || turn !== latest) return;
      const at = ours[read].indexOf(undefined), { right, images } = answersAt(network, { ...state, read }, at * EVERY);
      ours[read][at] = right / images;
      drawCurve($(".curve"), state, ours, found.accuracy);
      setTimeout(fill, 0, network, turn);
    }
    async function update() {
      const turn = ++latest;
      show();
      if (!EXPLORER.tasks[state.task]) $(".answer").textContent = "Loading this network …";
      const network = await networkOf(state.task).catch((error) => void ($("[role=alert]").textContent = failed(error)));
      if (!network) return;
      $("[role=alert]").textContent = "";
      requestAnimationFrame(() => {
        if (turn !== latest) return; // a later step has come
        draw(network);
        setTimeout(fill, 0, network, turn);
      });
    }
    form.addEventListener("input", () => {
      const chosen = Object.fromEntries(new FormData(form));
      const step = chosen.probe === state.probe ? Number(chosen.step) : stepAt(chosen.probe, WORDS[chosen.probe][2]);
      state = { ...chosen, step };
      moved = true;
      update();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    addEventListener("hashchange", () => {
      if (!given()) return;
      state = asked(given(), START);
      update();
    });
    addEventListener("click", (event) => { // on a link to a view
      const view = event.target.closest?.("a[href^='?task=']");
      if (!view || small) return;
      event.preventDefault();
      location.hash = view.getAttribute("href").slice(1);
      box.scrollIntoView();
    });
    await update();
  }

  Object.assign(EXPLORER, { networkOf, answersAt, strengthAt, WORDS });
  for (const box of document.querySelectorAll(".explorer"))
    start(box).catch((error) => box.append(failed(error)));
})();
