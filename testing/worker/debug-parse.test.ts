import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../servers/run-command.js';
import { workerCommand } from '../servers/worker.js';

const command = [workerCommand, 'debug', 'parse'];
const debugParse = (stdin: string, ...flags: string[]) =>
  runCommand(process.execPath, [...command, ...flags], { stdin });

const openMetrics = '--content-type=application/openmetrics-text; version=1.0.0';

describe('a sample is a line', () => {
  it.each([
    ['a 1\n', [], ['{"name":"a","labels":{},"value":1}']],
    ['', [], []],
    [
      '# HELP a b\\nc\n# TYPE a counter\na{x="\\"",y="é"} 1.5 1600000000123',
      [],
      [
        String.raw`{"name":"a","labels":{"x":"\"","y":"é"},"value":1.5,"timestamp":1600000000123,"type":"counter","help":"b\nc"}`,
      ],
    ],
    [
      'a NaN\nb +Inf\nc -Inf\nd -0\ne 1e300\nf 0.1\n',
      ['--content-type', 'text/plain'],
      [
        '{"name":"a","labels":{},"value":"NaN"}',
        '{"name":"b","labels":{},"value":"+Inf"}',
        '{"name":"c","labels":{},"value":"-Inf"}',
        '{"name":"d","labels":{},"value":-0}',
        '{"name":"e","labels":{},"value":1e+300}',
        '{"name":"f","labels":{},"value":0.1}',
      ],
    ],
    [
      '{"my.metric","__proto__"="y"} 1\n# TYPE u untyped\nu 1\n',
      ['--content-type=text/plain; version=1.0.0; escaping=allow-utf-8'],
      [
        '{"name":"my.metric","labels":{"__proto__":"y"},"value":1}',
        '{"name":"u","labels":{},"value":1,"type":"unknown"}',
      ],
    ],
    [
      '# TYPE h_seconds histogram\n# UNIT h_seconds seconds\nh_seconds_bucket{le="1"} 2 1.5 # {id="x"} 0.5 1.25\n# EOF\n',
      [openMetrics],
      [
        '{"name":"h_seconds_bucket","labels":{"le":"1.0"},"value":2,"timestamp":1500,"type":"histogram","unit":"seconds","exemplar":{"labels":{"id":"x"},"value":0.5,"timestamp":1250}}',
      ],
    ],
  ])('%j %j', async (body, flags, lines) => {
    const stdout = lines.map((line) => `${line}\n`).join('');
    expect(await debugParse(body, ...flags)).toEqual({ code: 0, stdout, stderr: '' });
  });
});

describe('protobuf', () => {
  // Family "h" with help, one metric {x="y"}: 3 observations, 1 in [-0.25,0.25] and 2 in (1,2].
  const body = Buffer.from(
    'OAoBaBIESGVscBgEIisKBgoBeBIBeTohCAMRAAAAAAAABEAoADEAAAAAAADQPzgBYgQIAhABagEE',
    'base64',
  );
  async function parsed(bytes: Uint8Array) {
    const type = 'application/vnd.google.protobuf; encoding=delimited';
    const child = spawn(process.execPath, [...command, `--content-type=${type}`]);
    child.stdin.end(bytes);
    const outputs = [text(child.stdout), text(child.stderr), once(child, 'close')] as const;
    const [stdout, stderr, [code]] = await Promise.all(outputs);
    return { code, stdout, stderr };
  }

  it('shows a native histogram as Prometheus does', async () => {
    const { stdout, ...rest } = await parsed(body);
    expect(rest).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      name: 'h',
      labels: { x: 'y' },
      type: 'histogram',
      help: 'Help',
      histogram: {
        count: '3',
        sum: '2.5',
        buckets: [
          [3, '-0.25', '0.25', '1'],
          [0, '1', '2', '2'],
        ],
      },
    });
  });

  it('refuses a body that breaks off', async () => {
    const { stderr, ...rest } = await parsed(body.subarray(0, 40));
    expect(rest).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^byte 0: expected /);
  });
});

describe('a bad body is refused as a whole, with 1, and it says where', () => {
  it.each([
    ['a 1\nb x\n', [], 'line 2, column 3: expected a value, got "x"\n'],
    ['a 1\né{x="1"} 1\n', [], /^line 2, column 1: expected a metric name, \{ or #, got /],
    ['a 1\nb{x="1",x="2"} 1\n', [], /^line 2, column 1: expected label "x" only once, got /],
    ['a 1\n', [openMetrics], /^line \d+, column \d+: expected # EOF/],
  ])('%j %j', async (body, flags, message) => {
    const { code, stdout, stderr } = await debugParse(body, ...flags);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });
});

it.each(['text/html', '', 'text/plain; version'])(
  'refuses Content-Type %j with 2',
  async (type) => {
    const { code, stdout, stderr } = await debugParse('a 1\n', `--content-type=${type}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`--content-type: '${type}' names no format of Prometheus: expected `);
  },
);

describe('a body of many samples', () => {
  const count = 100_000;
  const body = Array.from({ length: count }, (_, i) => `a{i="${i}"} ${i}\n`).join('');

  it('comes out whole, however late it is read', async () => {
    const child = spawn(process.execPath, command);
    child.stdin.end(body);
    await once(child.stdout, 'readable');
    const lines = (await text(child.stdout)).trim().split('\n');
    expect(lines.length).toBe(count);
    expect(JSON.parse(lines.at(-1)!)).toEqual({
      name: 'a',
      labels: { i: String(count - 1) },
      value: count - 1,
    });
  });

  it('ends well when the reader leaves early', async () => {
    const child = spawn(process.execPath, command);
    const ended = once(child, 'close');
    const stderr = text(child.stderr);
    child.stdin.end(body);
    await once(child.stdout, 'readable');
    child.stdout.destroy();
    expect(await ended).toEqual([0, null]);
    expect(await stderr).toBe('');
  });
});
