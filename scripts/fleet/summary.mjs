/** Of an agent that has only just started. */
export const firstReading = { targets: 0, up: 0, scrapes: 0, samples: 0, sent: 0, dropped: 0 };

/** What an agent did so far, read from its HTTP endpoints as anyone could. */
export async function readAgent(url) {
  const [metrics, ups] = await Promise.all([
    readSamples(`${url}/metrics`),
    readSamples(`${url}/federate?match[]=up`),
  ]);
  const total = (name) => sum(metrics.filter((sample) => sample.name === name));
  return {
    targets: ups.length,
    up: sum(ups),
    scrapes: total('prom_agent_scrapes_total'),
    samples: total('prom_agent_scrape_samples_total'),
    sent: total('prom_agent_remote_storage_samples_total'),
    dropped: total('prom_agent_remote_storage_samples_dropped_total'),
  };
}

/** `3 targets, 3 up, 1,204 samples in 3 scrapes, 1,228 sent`: what is new between two readings. */
export function describeProgress(before, now, isDelivering) {
  const since = (key) => now[key] - before[key];
  const parts = [
    amount(now.targets, 'target'),
    `${number(now.up)} up`,
    `${amount(since('samples'), 'sample')} in ${amount(since('scrapes'), 'scrape')}`,
  ];
  if (isDelivering) parts.push(`${number(since('sent'))} sent`);
  if (since('dropped') > 0) parts.push(`${number(since('dropped'))} DROPPED`);
  return parts.join(', ');
}

async function readSamples(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(3000) });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return [...parseSamples(await response.text())];
}

const sampleLine = /^([a-zA-Z_:][\w:]*)(?:\{.*\})? (\S+)/;

function* parseSamples(text) {
  for (const line of text.split('\n')) {
    const [, name, value] = sampleLine.exec(line) ?? [];
    if (name !== undefined) yield { name, value: Number(value) };
  }
}

function sum(samples) {
  return samples.reduce((total, { value }) => total + value, 0);
}

function amount(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function number(value) {
  return value.toLocaleString('en-US');
}
