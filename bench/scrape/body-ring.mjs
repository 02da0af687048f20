import { gunzipSync, gzipSync } from 'node:zlib';
import { nodeExporterFamilies } from './node-exporter-families.mjs';

// Long enough that no series comes back within a round.
const mostMinutes = 16;
// Bounds the time to prepare the ring. Of very large bodies there are two, and 1 % of the series
// change between them.
const mostRenderedSamples = 2_000_000;
/** Of the series, each minute. */
const churnShare = 0.01;

/**
 * The bodies of one target in the order it serves them, as a ring: prepared once, so that serving
 * costs the fleet next to nothing. Half of the values differ from one body to the next, some in
 * length; each minute 1 % of the series go and as many others come.
 *
 * @param {{ samples: number, intervalMs: number }} options
 * @returns {{ plain: (index: number) => Buffer, gzipped: (index: number) => Buffer, length: number }}
 */
export function bodyRing({ samples, intervalMs }) {
  const mostBodies = Math.max(2, Math.floor(mostRenderedSamples / samples));
  const scrapesPerMinute = Math.max(1, Math.round(60_000 / intervalMs));
  const perMinute = Math.min(scrapesPerMinute, Math.floor(mostBodies / 2));
  const minutes = Math.min(mostMinutes, Math.floor(mostBodies / perMinute));
  const host = new Host(samples, minutes);
  const bodies = [];
  for (let minute = 0; minute < minutes; minute++) {
    for (let step = 0; step < perMinute; step++) {
      host.tick(bodies.length);
      bodies.push(gzipSync(host.render(minute)));
    }
  }
  return {
    length: bodies.length,
    gzipped: (index) => bodies[index],
    // Nobody who is measured asks for it.
    plain: (index) => gunzipSync(bodies[index]),
  };
}

/** One machine: its series, their values, and the window of those that exist in a minute. */
class Host {
  #random = seededRandom(20);
  #churnPerMinute;
  #poolSize;
  #windowSize;
  #families;

  constructor(samples, minutes) {
    this.#churnPerMinute = samples * churnShare;
    this.#poolSize = Math.max(2, Math.floor(this.#churnPerMinute * minutes));
    this.#windowSize = Math.floor(this.#poolSize / 2);
    this.#families = this.#build(samples - this.#windowSize);
  }

  #build(fixedSamples) {
    const families = exactly(fixedSamples);
    for (const family of families) {
      family.series = family.labelSets.map((labels) => this.#series(family, labels, undefined));
    }
    const pool = poolFamilies(this.#poolSize);
    for (const { name, type, help, members } of pool) {
      let family = families.find((candidate) => candidate.name === name);
      if (family === undefined) {
        family = { name, type, help, series: [] };
        families.push(family);
      }
      for (const { number, labels } of members) {
        family.series.push(this.#series(family, labels, number));
      }
    }
    return families.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #series(family, labels, poolNumber) {
    const draw = valueKind(family, this.#random);
    return { prefix: seriesText(family.name, labels), poolNumber, draw, text: goFloat(draw()) };
  }

  /** Of ten series four change at each scrape, one at the even and one at the odd ones. */
  tick(step) {
    let index = 0;
    for (const family of this.#families) {
      for (const series of family.series) {
        if (series.draw === always1) continue;
        const place = (index++ * 7) % 10;
        if (place < 4 || place === 4 + (step % 2)) change(series);
      }
    }
  }

  render(minute) {
    const first = Math.floor(minute * this.#churnPerMinute) % this.#poolSize;
    const exists = (number) =>
      (number - first + this.#poolSize) % this.#poolSize < this.#windowSize;
    let body = '';
    for (const { name, type, help, series } of this.#families) {
      const shown = series.filter(
        ({ poolNumber }) => poolNumber === undefined || exists(poolNumber),
      );
      if (shown.length === 0) continue;
      body += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
      for (const { prefix, text } of shown) body += `${prefix} ${text}\n`;
    }
    return body;
  }
}

function change(series) {
  const before = series.text;
  do series.text = goFloat(series.draw());
  while (series.text === before);
}

/** Families with this number of series in all, taken evenly from a machine that has enough. */
function exactly(count) {
  let cpus = 2;
  let families = nodeExporterFamilies(cpus);
  while (seriesCount(families) < count) {
    cpus += Math.max(1, Math.floor((count - seriesCount(families)) / 13));
    families = nodeExporterFamilies(cpus);
  }
  const all = seriesCount(families);
  let index = 0;
  for (const family of families) {
    family.labelSets = family.labelSets.filter(() => {
      index++;
      return Math.floor((index * count) / all) > Math.floor(((index - 1) * count) / all);
    });
  }
  return families.filter(({ labelSets }) => labelSets.length > 0);
}

function seriesCount(families) {
  return families.reduce((sum, { labelSets }) => sum + labelSets.length, 0);
}

/** Network interfaces of containers that come and go, five series each. */
function poolFamilies(size) {
  const shapes = [
    ['node_network_receive_bytes_total', 'counter'],
    ['node_network_receive_packets_total', 'counter'],
    ['node_network_transmit_bytes_total', 'counter'],
    ['node_network_transmit_packets_total', 'counter'],
    ['node_network_up', 'gauge'],
  ];
  return shapes.map(([name, type], shape) => {
    const members = [];
    for (let number = shape; number < size; number += shapes.length) {
      const device = `veth${((number - shape) * 2654435761).toString(16).slice(-7).padStart(7, '0')}`;
      members.push({ number, labels: { device } });
    }
    return { name, type, help: 'Interface of a container.', members };
  });
}

function seriesText(name, labels) {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

const always1 = () => 1;

/** What a series of this family looks like: a function that draws its next value. */
function valueKind({ name, type }, random) {
  if (name.endsWith('_info')) return always1;
  if (name.includes('duration')) return () => Math.round(random() ** 4 * 1e8) / 1e9;
  if (type === 'counter' || type === 'untyped') {
    let value = Math.floor(10 ** (random() * 10));
    if (name.includes('seconds')) {
      value = Math.floor(value / 1e4);
      return () => {
        value = Math.round((value + random()) * 100) / 100;
        return value;
      };
    }
    const stride = 10 ** Math.floor(random() * 6);
    return () => {
      value += 1 + Math.floor(random() * stride);
      return value;
    };
  }
  if (name.includes('bytes')) {
    const size = 10 ** (6 + random() * 5);
    return () => Math.floor((size * (0.9 + random() / 5)) / 4096) * 4096;
  }
  if (name.includes('load') || name.includes('seconds')) {
    return () => Math.round(random() * 1000) / 100;
  }
  return () => Math.floor(random() * 20);
}

/** As Go writes a float with %g and the shortest exact digits: 1.5e+06, 746357, 9.915e-06. */
export function goFloat(value) {
  const [digits, exponentText] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (value === 0 || (exponent >= -4 && exponent < 6)) return String(value);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
}

// Mulberry32: the same bodies in each run, so that two runs can be compared.
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
