import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../servers/free-port.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { startWorker, workerCommand } from '../servers/worker.js';

const promAgent = (...args: string[]) => runCommand(process.execPath, [workerCommand, ...args]);

describe('usage', () => {
  it.each([
    [['--help'], /^Usage: prom-agent .*\n[\s\S]*\brun\b/],
    [['help'], /^Usage: prom-agent /],
    [
      ['run', '--help'],
      /^Usage: prom-agent run [\s\S]*--config\.file[\s\S]*--web\.listen-address[\s\S]*--storage\.path/,
    ],
    [['help', 'run'], /^Usage: prom-agent run /],
    [['check', '--help'], /^Usage: prom-agent check [\s\S]*\n {2}metrics /],
    [['check', 'metrics', '--help'], /^Usage: prom-agent check metrics [\s\S]*--extended/],
    [['debug', '--help'], /^Usage: prom-agent debug [\s\S]*\n {2}parse /],
    [
      ['debug', 'parse', '--help'],
      /^Usage: prom-agent debug parse [\s\S]*--content-type[\s\S]*"text\/plain; version=0\.0\.4"/,
    ],
    [['replay', '--help'], /^Usage: prom-agent replay [\s\S]*--from-time[\s\S]*Exit code: 0/],
    [['--version'], /^prom-agent \d+\.\d+\.\d+\n$/],
    [['-V'], /^prom-agent \d+\.\d+\.\d+\n$/],
  ])('%j answers on stdout with 0', async (args, text) => {
    const result = await promAgent(...args);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(text);
  });

  it.each([
    [[], /^Usage: prom-agent/],
    [['rn'], /unknown command 'rn'\n\(Did you mean run\?\)\nTry 'prom-agent --help'/],
    [['run', 'x'], /too many arguments [\s\S]*Try 'prom-agent run --help'/],
    [
      ['run', '--config.fil=x'],
      /unknown option '--config\.fil=x'\n\(Did you mean --config\.file\?\)/,
    ],
    [['run', '--config.file'], /argument missing/],
    [['check'], /^Usage: prom-agent check/],
    [
      ['check', 'metric'],
      /unknown command 'metric'\n\(Did you mean metrics\?\)\nTry 'prom-agent check --help'/,
    ],
    [['check', 'metrics', 'x'], /too many arguments [\s\S]*Try 'prom-agent check metrics --help'/],
    [
      ['debug', 'parse', '--contenttype=x'],
      /unknown option [\s\S]*Try 'prom-agent debug parse --help'/,
    ],
    [['run', '--web.listen-address=9464'], /'9464' is no address to listen on: expected host:port/],
    [['replay', '--from=kafka://a/t?group=g'], /required option '--to <url>' not specified/],
    [
      ['replay', '--from=kafka://a/t', '--to=http://b/'],
      /--from: expected kafka:.*the group remembers[^\n]*\nTry 'prom-agent replay --help'/,
    ],
    [['replay', '--rate=0', '--from=x', '--to=y'], /'0' is no number of samples above 0/],
    [['run', '--log.level=loud'], /Allowed choices are debug, info, warn, error/],
    [['run', '--log.format=xml'], /Allowed choices are logfmt, json/],
  ])('%j is refused on stderr with 2', async (args, text) => {
    const result = await promAgent(...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(text);
  });
});

describe('a start that cannot be', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('command');
  });
  afterEach(() => folder.remove());

  /** Runs a worker that must end by itself with 1 and one message. */
  async function refused(config: string | undefined, ...flags: string[]): Promise<string> {
    const file = path.join(folder.path, 'prometheus.yml');
    if (config !== undefined) await writeFile(file, config);
    const result = await promAgent('run', `--config.file=${file}`, '--log.level=error', ...flags);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).not.toMatch(/^\s+at /m);
    return result.stderr.replaceAll(folder.path, '');
  }

  it.each([
    ['a missing file', undefined, /prometheus\.yml/],
    ['no YAML', 'scrape_configs: [', /prometheus\.yml:\d+/],
    [
      'an unknown field',
      'scrape_configs:\n  - job_name: a\n    scrape_intervall: 5s\n',
      /prometheus\.yml:3[\s\S]*scrape_intervall/,
    ],
    [
      'an ill-typed field',
      'global:\n  scrape_interval: soon\n',
      /prometheus\.yml:2[\s\S]*scrape_interval/,
    ],
  ])('%s: one message that says where', async (_what, config, message) => {
    expect(await refused(config)).toMatch(message);
  });

  it('a taken port: named, with what to do', async () => {
    const port = await freePort();
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    try {
      expect(await refused('', `--web.listen-address=127.0.0.1:${port}`)).toBe(
        `listen 127.0.0.1:${port}: address already in use — stop what listens there, or choose another with --web.listen-address\n`,
      );
    } finally {
      taken.close();
    }
  });

  it('an address of another machine', async () => {
    expect(await refused('', '--web.listen-address=203.0.113.1:9464')).toMatch(
      /^listen 203\.0\.113\.1:9464: this machine has no such address/,
    );
  });

  it('a storage path that another worker holds', async () => {
    const storage = `--storage.path=${path.join(folder.path, 'data')}`;
    const first = await startWorker({ config: '', flags: [storage] });
    try {
      expect(await refused('', storage, '--web.listen-address=127.0.0.1:0')).toMatch(
        new RegExp(`^--storage\\.path /data: in use by process ${first.process.pid}: `),
      );
    } finally {
      await first.stop();
    }
  });
});

describe('a running worker', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with 0 after %s, twice in a moment too',
    async (signal) => {
      const worker = await startWorker({ config: '' });
      try {
        worker.process.signal(signal);
        worker.process.signal(signal);
        expect(await worker.process.ended).toEqual({ code: 0, signal: null });
        expect(worker.process.output()).toMatch(/level=info msg=stopped/);
      } finally {
        await worker.stop();
      }
    },
  );

  it('logs JSON lines when asked', async () => {
    const worker = await startWorker({ config: '', flags: ['--log.format=json'] });
    try {
      const [line = ''] = worker.process.output().split('\n');
      expect(JSON.parse(line)).toMatchObject({ level: 'info', msg: 'listening' });
    } finally {
      await worker.stop();
    }
  });
});
