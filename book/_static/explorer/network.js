// A trained network, probed as the library probes it (lib/weightprobes): the same ranks, the same draws, the same
// refitted biases. 784 pixels → 64 ReLU units → 2 classes. tests/browser/test_explorer_page.py compares every answer.
"use strict";

var EXPLORER = { tasks: {} }; // each data_….js adds its task

EXPLORER.network = (() => {
  const PIXELS = 784, UNITS = 64, CLASSES = 2;
  const f32 = Math.fround; // PyTorch computes in single precision

  // ---- the data: base64, deflated ----
  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).arrayBuffer();
  }
  const floats = async (text) => new Float32Array(await unpacked(text));
  const images = async (text) => // pixels from -1 to 1, as the network was trained on
    Float32Array.from(new Uint8Array(await unpacked(text)), (byte) => f32(2 * f32(byte / 255) - 1));

  async function load(data) {
    const all = async (some) => Object.fromEntries(
      await Promise.all(Object.entries(some).map(async ([name, text]) => [name, await floats(text)])));
    const network = {
      ...data, labels: Uint8Array.from(data.labels), weights: await all(data.weights), redrawn: await all(data.redrawn),
      test: await images(data.test), calibration: await images(data.calibration), ranks: {},
    };
    const { hidden, out } = levels(network, network.weights, network.calibration);
    network.wanted = { hidden: moments(hidden, UNITS), out: moments(out, CLASSES) };
    network.fires = firing(levels(network, network.weights, network.test).hidden);
    network.order = [...network.fires.keys()].sort((a, b) => network.fires[b] - network.fires[a]);
    return network;
  }

  // ---- chance: PyTorch's generator, a Mersenne twister; the same seed gives the same numbers ----
  function twister(seed) {
    const state = new Uint32Array(624);
    state[0] = seed;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let at = 624;
    return () => {
      if (at === 624) {
        for (let i = 0; i < 624; i++) {
          const y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
          state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
        }
        at = 0;
      }
      let y = state[at++];
      y ^= y >>> 11; y ^= (y << 7) & 0x9d2c5680; y ^= (y << 15) & 0xefc60000; y ^= y >>> 18;
      return y >>> 0;
    };
  }
  function permutation(length, seed) {
    const next = twister(seed), order = Uint32Array.from({ length }, (_, i) => i);
    for (let i = 0; i < length - 1; i++) {
      const other = i + (next() % (length - i)), kept = order[i];
      order[i] = order[other]; order[other] = kept;
    }
    return order;
  }
  function uniform(length, seed) { // from -1 to 1
    const next = twister(seed);
    return Float32Array.from({ length }, () => f32(f32((next() & 0xffffff) / 0x1000000) * 2 - 1));
  }

  // ---- the probes: each takes weights w and a strength s, and gives what is left of w ----
  const count = (share, total) => Math.floor(share * total + 1e-9);

  function places(w, order, seed) { // of each weight in the order in which they are taken: 0 goes first
    if (order === "random") return permutation(w.length, seed);
    const size = w.map(Math.abs), turn = order === "largest" ? -1 : 1, place = new Uint32Array(w.length);
    Uint32Array.from(w.keys()).sort((a, b) => turn * (size[a] - size[b]) || a - b).forEach((i, at) => (place[i] = at));
    return place;
  }
  function shuffled(w, s, [who, how]) { // the weights that take part change places, within each sign
    if (w.length <= UNITS) return w; // biases are no edges
    const edges = [...w.keys()].filter((i) => w[i] !== 0), lottery = permutation(edges.length, who);
    const part = edges.filter((_, at) => lottery[at] < count(s, edges.length));
    const drawn = Array.from(permutation(part.length, how), (at) => part[at]), left = w.slice();
    for (const positive of [false, true]) {
      const sources = drawn.filter((i) => w[i] > 0 === positive);
      part.filter((i) => w[i] > 0 === positive).forEach((slot, at) => (left[slot] = w[sources[at]]));
    }
    return left;
  }
  const PROBES = {
    binarize: (w, s) => w.map((v) => Math.sign(v) * f32(Math.abs(v) ** (1 - s))),
    prune: (w, s, _, place) => {
      const removed = s && w.length - count(1 - s, w.length);
      return w.map((v, i) => (place[i] >= removed ? v : 0));
    },
    flip: (w, s, _, place) => w.map((v, i) => (place[i] >= count(s, w.length) ? v : -v)),
    noise: (w, s, _, unit) => w.map((v, i) => (v ? f32(v + f32(f32(s) * unit[i])) : 0)),
    shuffle: shuffled,
  };
  function probed(network, name, w, probe, s) {
    const [kind, variant] = probe.split("-"), seeds = network.draws[probe][name];
    const once = `${probe} ${name}`;
    if (!network.ranks[once] && kind !== "binarize" && kind !== "shuffle") // what does not depend on the strength
      network.ranks[once] = kind === "noise" ? uniform(w.length, seeds[0]) : places(w, variant, seeds[0]);
    return PROBES[kind](w, s, seeds, network.ranks[once]);
  }

  // ---- the network ----
  function layer(x, inputs, w, units, bias) {
    const rows = x.length / inputs, out = new Float32Array(rows * units);
    for (let unit = 0; unit < units; unit++) {
      const from = unit * inputs;
      for (let row = 0, at = 0; row < rows; row++, at += inputs) {
        let a = 0, b = 0, c = 0, d = 0; // four sums at a time: twice as fast
        for (let i = 0; i < inputs; i += 4) {
          a += x[at + i] * w[from + i]; b += x[at + i + 1] * w[from + i + 1];
          c += x[at + i + 2] * w[from + i + 2]; d += x[at + i + 3] * w[from + i + 3];
        }
        out[row * units + unit] = a + b + (c + d) + (bias ? bias[unit] : 0);
      }
    }
    return out;
  }
  const relu = (values) => values.map((v) => (v > 0 ? v : 0));
  function levels(network, weights, x) {
    const hidden = layer(x, PIXELS, weights["0.weight"], UNITS, weights["0.bias"]);
    return { hidden, out: layer(relu(hidden), UNITS, weights["2.weight"], CLASSES, weights["2.bias"]) };
  }
  function firing(hidden) { // the share of images on which each unit fires
    const share = new Float64Array(UNITS), rows = hidden.length / UNITS;
    hidden.forEach((v, i) => { if (v > 0) share[i % UNITS] += 1 / rows; });
    return share;
  }

  // ---- refitted biases: each unit keeps its mean, measured in its own spread ----
  function moments(values, units) {
    const rows = values.length / units, mean = new Float64Array(units), spread = new Float64Array(units);
    values.forEach((v, i) => (mean[i % units] += v / rows));
    values.forEach((v, i) => (spread[i % units] += (v - mean[i % units]) ** 2 / rows));
    return { mean, spread: spread.map(Math.sqrt) };
  }
  function refitted(values, units, wanted) {
    const found = moments(values, units);
    return wanted.mean.map((mean, unit) => {
      const varies = wanted.spread[unit] > 1e-6 * Math.abs(mean);
      return mean * (varies ? found.spread[unit] / wanted.spread[unit] : 1) - found.mean[unit];
    });
  }
  function refit(network, weights) {
    const hidden = layer(network.calibration, PIXELS, weights["0.weight"], UNITS);
    weights["0.bias"] = refitted(hidden, UNITS, network.wanted.hidden);
    const fires = relu(hidden.map((v, i) => v + weights["0.bias"][i % UNITS]));
    const out = layer(fires, UNITS, weights["2.weight"], CLASSES);
    weights["2.bias"] = refitted(out, CLASSES, network.wanted.out);
  }

  // What a setting {probe, strength, read: "float" | "signs", biases: "published" | "kept" | "refitted"} does:
  // the weights that are left, and how the network answers the test images.
  function answers(network, { probe, strength, read, biases }) {
    const weights = { ...network.weights }, published = biases === "published";
    if (published) Object.assign(weights, network.redrawn);
    for (const name of Object.keys(weights)) {
      if (name.endsWith("bias") && !published) continue; // trained biases are left alone, or refitted below
      weights[name] = probed(network, name, weights[name], probe, strength);
      if (read === "signs") weights[name] = weights[name].map(Math.sign);
    }
    if (biases === "refitted") refit(network, weights);
    const { hidden, out } = levels(network, weights, network.test);
    const difference = Float64Array.from(network.labels, (_, i) => out[2 * i + 1] - out[2 * i]);
    const said = Uint8Array.from(difference, (value) => value > 0); // a tie goes to the first class
    const right = said.reduce((sum, one, i) => sum + (one === network.labels[i]), 0);
    return { weights, difference, said, right, firing: firing(hidden), images: said.length };
  }

  return { load, answers };
})();
