import { type Scenario, text } from '../scenario.js';

/** Before all scrapes, and later with each. */
const before = (startMs: number, scrape: number) => startMs + scrape * 10;
/** After all scrapes, and not too far ahead of any. */
const ahead = (startMs: number, scrape: number) => startMs + 120_000 + scrape * 10;

const comeAndGo: Pick<Scenario, 'answer'> = {
  answer: (scrape, startMs) =>
    text(
      `a ${scrape} ${before(startMs, scrape)}`,
      'b 1',
      ...(scrape % 3 === 0 ? [`c ${scrape} ${before(startMs, scrape)}`] : []),
      ...(scrape % 3 === 1 ? [`d ${scrape} ${ahead(startMs, scrape)}`] : []),
    ),
};

export const timestampScenarios: readonly Scenario[] = [
  { name: 'own-timestamps', ...comeAndGo },
  { name: 'own-timestamps-not-honoured', job: { honor_timestamps: false }, ...comeAndGo },
  { name: 'own-timestamps-tracked', job: { track_timestamps_staleness: true }, ...comeAndGo },
  {
    name: 'own-timestamps-tracked-not-honoured',
    job: { honor_timestamps: false, track_timestamps_staleness: true },
    ...comeAndGo,
  },
  {
    name: 'own-timestamps-going-back',
    answer: (scrape, startMs) =>
      text(`a ${scrape} ${before(startMs, [0, 3, 1, 4, 2, 5, 5, 6][scrape]!)}`),
  },
  {
    name: 'own-timestamps-twice-with-another-value',
    answer: (scrape, startMs) => text(`a ${scrape} ${before(startMs, Math.floor(scrape / 2))}`),
  },
  {
    name: 'own-timestamps-that-stay',
    answer: (scrape, startMs) => text(`a 1 ${before(startMs, 1)}`, `m ${scrape}`),
  },
  {
    name: 'own-timestamps-in-one-body',
    answer: (scrape, startMs) =>
      text(
        ...[0, 1, 2].map((i) => `a ${i} ${before(startMs, scrape * 10 + i)}`),
        ...[2, 1, 0].map((i) => `b ${i} ${before(startMs, scrape * 10 + i)}`),
      ),
  },
  {
    name: 'own-timestamps-twice-in-one-body',
    answer: (scrape, startMs) => {
      const at = before(startMs, scrape);
      return text(`a 1 ${at}`, `a 1 ${at}`, `a 2 ${at}`);
    },
  },
  {
    name: 'with-and-without-timestamps-in-one-body',
    answer: (scrape, startMs) =>
      text(`a 1 ${before(startMs, scrape)}`, 'a 2', 'b 3', `b 4 ${ahead(startMs, scrape)}`),
  },
  {
    name: 'too-far-ahead',
    answer: (scrape, startMs) => text(`a ${scrape} ${startMs + 3_600_000}`, `b ${scrape}`),
  },
  {
    name: 'too-far-ahead-tracked',
    job: { track_timestamps_staleness: true },
    answer: (scrape, startMs) =>
      text(`a ${scrape} ${startMs + (scrape < 4 ? scrape * 10 : 3_600_000)}`, `b ${scrape}`),
  },
  {
    name: 'with-and-without-timestamps',
    answer: (scrape, startMs) =>
      text(scrape % 2 ? `a ${scrape}` : `a ${scrape} ${ahead(startMs, scrape)}`, 'b 1'),
  },
  {
    name: 'failures-between-timestamps',
    job: { track_timestamps_staleness: true },
    answer: (scrape, startMs) =>
      scrape % 3 === 2
        ? { body: '', status: 503 }
        : text(`a ${scrape} ${before(startMs, scrape)}`, 'b 1'),
  },
];
