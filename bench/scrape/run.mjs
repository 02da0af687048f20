// npm run bench -- scrape [options]: see bench/README.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allAgents, defaultAgents, versionOf } from './agents.mjs';
import { startModule } from './children.mjs';
import { printSummary, summarize } from './report.mjs';
import { runRound } from './round.mjs';

const optionList = {
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '60' },
  'warm-up': { type: 'string', default: '10' },
  targets: { type: 'string', default: '100' },
  samples: { type: 'string', default: '507' },
  interval: { type: 'string', default: '1000' },
  port: { type: 'string', default: '9100' },
  'remote-write': { type: 'string', default: '1' },
  agents: { type: 'string', default: defaultAgents.map(({ name }) => name).join(',') },
  name: { type: 'string', default: 'scrape' },
  help: { type: 'boolean', default: false },
};

const usage = `npm run bench -- scrape [options]
  --rounds N          rounds of each agent, alternating (3)
  --seconds N         watched seconds of a round (60)
  --warm-up N         seconds before them (10)
  --targets N         targets on 127.1.x.y (100)
  --port N            their port (9100)
  --samples N         samples of a body (507)
  --interval MS       scrape interval (1000)
  --remote-write 1|2  version of the protocol; agents that lack it stay away (1). 1,2: rounds of both
  --agents A,B        of ${allAgents.map(({ name }) => name).join(',')}; those not found stay
                      away (all but prom-agent-in-memory, whose queue is not on the disk)
  --name NAME         results go to bench/results/NAME.json (scrape)
`;

const print = (line) => process.stdout.write(`${line}\n`);

async function main() {
  const { values } = parseArgs({ options: optionList });
  if (values.help) {
    print(usage);
    return 0;
  }
  const options = {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values['warm-up']),
    targets: Number(values.targets),
    samples: Number(values.samples),
    port: Number(values.port),
    intervalMs: Number(values.interval),
    remoteWriteVersions: values['remote-write'].split(',').map(Number),
  };
  const subjects = findSubjects(values.agents.split(','), options.remoteWriteVersions);
  if (subjects.length === 0) {
    process.stderr.write('none of these agents is here: put vmagent or prometheus on PATH\n');
    return 1;
  }
  const roundsByAgent = await runAll(subjects, options);
  const summaries = summarize(roundsByAgent);
  printSummary(summaries, print);
  const file = writeResults(values.name, options, subjects, summaries);
  print(`\n${file}`);
  return summaries.every(({ problems }) => problems.length === 0) ? 0 : 1;
}

/** Agents, each once per version of the protocol that it sends. */
function findSubjects(names, remoteWriteVersions) {
  const subjects = [];
  for (const agent of allAgents) {
    if (!names.includes(agent.name)) continue;
    const executable = agent.find();
    if (executable === undefined) {
      print(`${agent.name}: not here`);
      continue;
    }
    const version = versionOf(executable);
    for (const remoteWriteVersion of remoteWriteVersions) {
      const sent = `remote_write ${remoteWriteVersion}.0`;
      if (!agent.remoteWriteVersions.includes(remoteWriteVersion)) {
        print(`${agent.name}: does not send ${sent}`);
        continue;
      }
      const name = remoteWriteVersions.length > 1 ? `${agent.name} ${sent}` : agent.name;
      subjects.push({ name, agent, executable, version, remoteWriteVersion });
    }
  }
  return subjects;
}

async function runAll(subjects, options) {
  const roundsByAgent = new Map(subjects.map(({ name }) => [name, []]));
  const fleet = await startModule(moduleFile('fleet.mjs'), [
    ...['--targets', String(options.targets)],
    ...['--samples', String(options.samples)],
    ...['--interval', String(options.intervalMs)],
    ...['--port', String(options.port)],
  ]);
  const sink = await startModule(moduleFile('sink.mjs'), ['--port', '0']);
  const sinkUrl = `http://127.0.0.1:${sink.message.port}`;
  try {
    for (let round = 0; round < options.rounds; round++) {
      // Another one begins each time, so that none always follows the same.
      const first = round % subjects.length;
      for (const subject of [...subjects.slice(first), ...subjects.slice(0, first)]) {
        const { remoteWriteVersion } = subject;
        const name = `${subject.name.replace(/[^\w.-]+/g, '-')}-${round + 1}`;
        const figures = await runRound(
          { ...subject, name },
          { ...options, remoteWriteVersion },
          { fleet, sink, sinkUrl },
        );
        const { sortsLabels } = subject.agent;
        const expected = { targets: options.targets, sortsLabels };
        roundsByAgent.get(subject.name).push({ ...figures, expected });
        print(roundLine(name, figures));
      }
    }
  } finally {
    await Promise.all([fleet.stop(), sink.stop()]);
  }
  return roundsByAgent;
}

function moduleFile(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

function roundLine(name, figures) {
  const cpu = figures.cpuSecondsPerMillion.toFixed(3);
  const rate = figures.samplesPerSecond.toFixed(0);
  const memory = figures.peakRssMiB.toFixed(1);
  const written = figures.writtenOverScraped.toFixed(5);
  return `${name.padEnd(14)} ${cpu} CPU s/M, ${rate} samples/s, ${memory} MiB, written/scraped ${written}`;
}

function writeResults(name, options, subjects, summaries) {
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  const file = `${folder}${name}.json`;
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: loadavg(),
    node: process.version,
    kernel: process.report.getReport().header.osRelease,
  };
  const versions = Object.fromEntries(subjects.map(({ agent, version }) => [agent.name, version]));
  mkdirSync(folder, { recursive: true });
  const results = { at: new Date().toISOString(), machine, versions, options, agents: summaries };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return file;
}

try {
  process.exit(await main());
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
}
