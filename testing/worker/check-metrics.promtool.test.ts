import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { workerCommand } from '../servers/worker.js';

const promtool = (stdin: string, ...flags: string[]) =>
  runCommand('promtool', ['check', 'metrics', ...flags], { stdin });
const ours = (stdin: string, ...flags: string[]) =>
  runCommand(process.execPath, [workerCommand, 'check', 'metrics', ...flags], { stdin });

// Each run starts two processes: a body holds many families, there are few runs and no shrinking.
const runs = { numRuns: 8, endOnFailure: true };
const familiesPerBody = { minLength: 60, maxLength: 120 };

// Without "timestamp": promtool 3.5 does not know the rule for _timestamp_seconds yet.
const word = fc.constantFrom(
  ...['http', 'requests', 'thermometers', 'fooBar', 'x:y', 'Total', 'total', 'info'],
  ...['seconds', 'bytes', 'milliseconds', 'kilobits', 'kelvins', 'inches', 'MB', 's', 'h', 'count'],
  ...['sum', 'bucket', 'gauge', 'counter', 'histogram', 'HISTOGRAM', 'summary', 'untyped', 'days'],
);
const type = fc.constantFrom('counter', 'gauge', 'histogram', 'summary', 'untyped', undefined);
const bound = fc.constantFrom('0', '0.5', '1', '+Inf', '1e3');
const labels = fc
  .uniqueArray(fc.constantFrom('a', 'le', 'quantile', 'fooBar', 'code'), { maxLength: 3 })
  .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), bound))))
  .map((pairs) => `{${pairs.map(([name, value]) => `${name}="${value}"`).join(',')}}`);
const suffix = fc.constantFrom('', '', '_bucket', '_sum', '_count', '_total');
const help = fc.constantFrom('before', 'after', 'empty', 'none');

interface GeneratedFamily {
  words: string[];
  type: string | undefined;
  help: string;
  samples: [suffix: string, labels: string][];
}
const family: fc.Arbitrary<GeneratedFamily> = fc.record({
  words: fc.array(word, { minLength: 1, maxLength: 4 }),
  type,
  help,
  samples: fc.array(fc.tuple(suffix, labels), { maxLength: 8 }),
});

/** Names of their own: families that share one are a bad body most of the time. */
function familyText({ words, type, help, samples }: GeneratedFamily, index: number): string {
  const name = `f${index}x_${words.join('_')}`;
  const helpLine = `# HELP ${name} ${help === 'empty' ? '' : 'Some help.'}\n`.replace(' \n', '\n');
  return [
    help === 'before' || help === 'empty' ? helpLine : '',
    type === undefined ? '' : `# TYPE ${name} ${type}\n`,
    ...samples.map(([suffix, labels]) => `${name}${suffix}${labels} 1\n`),
    help === 'after' ? helpLine : '',
  ].join('');
}

describe.skipIf(requireServer('promtool'))('promtool check metrics', () => {
  it('finds the same in any families', async () => {
    const bodies = fc.array(family, familiesPerBody).map((all) => all.map(familyText).join(''));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        expect(await ours(body)).toEqual(await promtool(body));
      }),
      runs,
    );
  });

  it('counts the same series of families that nothing is wrong with', async () => {
    const good = fc.record({
      type: fc.constantFrom('counter', 'gauge', 'histogram', 'summary'),
      metrics: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 9 }),
    });
    const bodies = fc.array(good, familiesPerBody).map((all) => all.map(goodText).join(''));
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const [own, theirs] = [await ours(body, '--extended'), await promtool(body, '--extended')];
        // promtool leaves the order of equals to chance.
        expect(own.stdout.split('\n').sort()).toEqual(theirs.stdout.split('\n').sort());
        expect(own).toMatchObject({ code: 0, stderr: '' });
      }),
      runs,
    );
  });

  it.each([
    ['no value', 'a\n'],
    ['no number', 'a b\n'],
    ['a broken name', 'a-b 1\n'],
    ['a label twice', 'a{x="1",x="2"} 1\n'],
    ['a label without quotes', 'a{x=1} 1\n'],
    ['CRLF', 'a 1\r\n'],
    ['a fraction as timestamp', 'a 1 1.5\n'],
    ['an exemplar', 'a 1 # {x="1"} 1\n'],
    ['a type nobody knows', '# TYPE a thing\na 1\n'],
    ['a second HELP line', '# HELP a b\n# HELP a b\na 1\n'],
    ['a second TYPE line', '# TYPE a gauge\n# TYPE a gauge\na 1\n'],
    ['a TYPE line after samples', 'a 1\n# TYPE a gauge\n'],
    ['a bucket without a number', '# TYPE h histogram\nh_bucket{le="x"} 1\n'],
    ['a quantile without a number', '# TYPE s summary\ns{quantile="p99"} 1\n'],
    [
      'help for the count of a histogram with help',
      '# TYPE h histogram\n# HELP h x\n# HELP h_count x\nh_sum 1\n',
    ],
  ])('refuses %s too', async (_what, body) => {
    const codes = [(await ours(body)).code, (await promtool(body)).code];
    expect(codes).toEqual([1, 1]);
  });

  // docs/reference/conformance.md has the reasons: what counts as a body is what Prometheus scrapes.
  it.each([
    ['quoted UTF-8 names', '# HELP "a.b" h\n{"a.b"} 1\n', 0, 1],
    ['no newline at the end', '# HELP a h\na 1', 0, 1],
    ['a newline inside quotes', '# HELP a h\na{x="1\n2"} 1\n', 0, 1],
    ['an unknown escape', '# HELP a h\na{x="\\x"} 1\n', 0, 1],
    ['a negative timestamp', '# HELP a h\na 1 -5\n', 1, 0],
    ['a type in capitals', '# HELP a h\n# TYPE a GAUGE\na 1\n', 1, 0],
    ['a gauge histogram', '# HELP a h\n# TYPE a gaugehistogram\na 1\n', 1, 0],
  ])('differs about %s', async (_what, body, own, theirs) => {
    expect([(await ours(body)).code, (await promtool(body)).code]).toEqual([own, theirs]);
  });
});

function goodText({ type, metrics }: { type: string; metrics: number[] }, index: number): string {
  const name = `f${index}x_${type === 'counter' ? 'total' : 'value'}`;
  const lines = metrics.flatMap((bounds, i) => {
    if (type === 'counter' || type === 'gauge') return [`${name}{i="${i}"} 1`];
    const [sample, label] = type === 'histogram' ? ['_bucket', 'le'] : ['', 'quantile'];
    return Array.from({ length: bounds }, (_, b) => `${name}${sample}{i="${i}",${label}="${b}"} 1`);
  });
  return `# HELP ${name} h\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}
