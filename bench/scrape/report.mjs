// What a run says: the table, the ratios to ours, and whether the figures may be believed.

const columns = [
  ['CPU s/M', (round) => round.cpuSecondsPerMillion, 3],
  ['user', (round) => round.userPerMillion, 3],
  ['system', (round) => round.systemPerMillion, 3],
  ['cores', (round) => round.cores, 3],
  ['samples/s', (round) => round.samplesPerSecond, 0],
  ['peak MiB', (round) => round.peakRssMiB, 1],
  ['B/sample', (round) => round.wireBytesPerSample, 1],
  ['files', (round) => round.openFiles, 0],
];

/** The lower middle one of an even number, so that the figure is one that was measured. */
export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1];
}

/** @param {Map<string, object[]>} roundsByAgent */
export function summarize(roundsByAgent) {
  return [...roundsByAgent].map(([name, rounds]) => ({
    name,
    figures: Object.fromEntries(columns.map(([title, get]) => [title, median(rounds.map(get))])),
    problems: rounds.flatMap((round, index) =>
      problems(round).map((problem) => `round ${index + 1}: ${problem}`),
    ),
    writtenOverScraped: Math.min(...rounds.map((round) => round.writtenOverScraped)),
    rounds,
  }));
}

export function printSummary(summaries, print) {
  const width = Math.max(...summaries.map(({ name }) => name.length), 16) + 2;
  const rows = [
    ['median of rounds', ...columns.map(([title]) => title)],
    ...summaries.map(({ name, figures }) => [
      name,
      ...columns.map(([title, , digits]) => figures[title].toFixed(digits)),
    ]),
  ];
  print('');
  for (const row of rows) {
    print(row.map((cell, i) => (i === 0 ? cell.padEnd(width) : cell.padStart(11))).join(''));
  }
  printRatios(summaries, print);
  print('');
  for (const { name, problems, writtenOverScraped, rounds } of summaries) {
    const good = `written/scraped ${writtenOverScraped.toFixed(5)}, one up per target and tick`;
    const markers = `${rounds.map(({ delivered }) => delivered.staleMarkers).join(' ')} stale markers`;
    print(`${problems.length === 0 ? 'GOOD' : 'BAD '} ${name}: ${problems[0] ?? good}, ${markers}`);
    for (const problem of problems.slice(1)) print(`     ${problem}`);
  }
}

/** Ours beside the others; of several versions of the protocol the last that we send. */
function printRatios(summaries, print) {
  const ours = summaries.findLast(({ name }) => /^prom-agent( |$)/.test(name));
  if (ours === undefined) return;
  for (const peer of summaries) {
    if (peer === ours) continue;
    const ratio = (title, digits) => (ours.figures[title] / peer.figures[title]).toFixed(digits);
    print('');
    print(
      `${ours.name} / ${peer.name}: CPU ${ratio('CPU s/M', 2)}, memory ${ratio('peak MiB', 2)}, ` +
        `bytes ${ratio('B/sample', 3)}`,
    );
  }
}

/** Why the figures of a round may not be compared with others; empty when they may. */
function problems({ writtenOverScraped, scraped, delivered, expected }) {
  // Two scrapes may fall on one side of the window here and on the other side there.
  const tolerance = Math.max(0.001, 2 / scraped.bodies);
  const checks = [
    [
      Math.abs(writtenOverScraped - 1) <= tolerance,
      `written/scraped ${writtenOverScraped.toFixed(5)} is not within 0.001 of 1`,
    ],
    [
      delivered.targets === expected.targets,
      `${delivered.targets} of ${expected.targets} targets have an up`,
    ],
    [delivered.ticksMissed === 0, `${delivered.ticksMissed} ticks without an up`],
    [delivered.ticksDoubled === 0, `${delivered.ticksDoubled} ticks with two`],
    [delivered.upNotOne === 0, `${delivered.upNotOne} times up was not 1`],
    [scraped.broken === 0, `${scraped.broken} scrapes broken off`],
    [delivered.oddNans === 0, `${delivered.oddNans} NaNs with bits of their own`],
    [delivered.malformedLabels === 0, `${delivered.malformedLabels} samples with empty labels`],
    [
      delivered.unsortedLabels === 0 || !expected.sortsLabels,
      `${delivered.unsortedLabels} samples with labels out of order`,
    ],
    [delivered.unknownTarget === 0, `${delivered.unknownTarget} samples of no target`],
    [
      Object.keys(delivered.refused).length === 0,
      `requests refused: ${JSON.stringify(delivered.refused)}`,
    ],
  ];
  return checks.filter(([good]) => !good).map(([, problem]) => problem);
}
