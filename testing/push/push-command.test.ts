import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasOpenssl } from '../../packages/core/src/http-client/certificates.contract.js';
import { freePort } from '../servers/free-port.js';
import { type PushedGroup, type Pushgateway, startPushgateway } from '../servers/pushgateway.js';
import { requireServer } from '../servers/require-server.js';
import { programs, push, startSecureGateway } from './gateways.js';

const good = { code: 0, stdout: '', stderr: '' };

describe.each(programs)('prom-agent push to a real %s', (program) => {
  describe.skipIf(requireServer(program))('that runs', () => {
    let gateway: Pushgateway;

    beforeAll(async () => {
      gateway = await startPushgateway({ program });
    });

    afterAll(() => gateway?.stop());

    const groupOf = async (labels: Record<string, string>): Promise<PushedGroup | undefined> =>
      (await gateway.groups()).find(
        (group) => JSON.stringify(sorted(group.labels)) === JSON.stringify(sorted(labels)),
      );

    test('labels of all kinds read back as they were', async () => {
      const labels = {
        job: 'read /back',
        nothing: '',
        dot: '.',
        dots: '..',
        slash: '/',
        slashes: 'a//b',
        plus: 'a+b',
        blank: 'a b',
        percent: '100%2F',
        unicode: 'größe/日本 💾',
        padding: '=',
        marker: 'x@base64',
        newline: 'a\nb',
        quotes: '"\\',
      };
      const { job, ...grouping } = labels;
      const flags = Object.entries(grouping).flatMap(([name, value]) => [
        '--grouping',
        `${name}=${value}`,
      ]);
      expect(await push('m 1\n', gateway.url, '--job', job, '--no-instance', ...flags)).toEqual(
        good,
      );
      expect(await groupOf(labels)).toMatchObject({ labels, last_push_successful: true });
    });

    test.each(['.', '..', '/', 'a/b'])('job %s reads back as it was', async (job) => {
      await push('m 1\n', gateway.url, '--job', job, '--no-instance');
      expect(await groupOf({ job })).toMatchObject({ last_push_successful: true });
    });

    test('metrics of all types read back', async () => {
      const text = [
        '# HELP c_total with a \\\\ and\\na newline',
        '# TYPE c_total counter',
        'c_total{path="C:\\\\",text="a\\"b\\nc"} 1.5e+300',
        '# TYPE g gauge',
        'g NaN',
        '# TYPE h histogram',
        'h_bucket{le="0.5"} 1',
        'h_bucket{le="+Inf"} 2',
        'h_sum 3',
        'h_count 2',
        '# TYPE s summary',
        's{quantile="0.5"} 4',
        's_sum 5',
        's_count 6',
        'u -Inf',
        '',
      ].join('\n');
      expect(await push(text, gateway.url, '--job', 'types', '--no-instance')).toEqual(good);
      const shown = await gateway.metrics();
      for (const line of [
        '# TYPE c_total counter',
        'c_total{instance="",job="types",path="C:\\\\",text="a\\"b\\nc"} 1.5e+300',
        'g{instance="",job="types"} NaN',
        'h_bucket{instance="",job="types",le="0.5"} 1',
        's{instance="",job="types",quantile="0.5"} 4',
        '# TYPE u untyped',
        'u{instance="",job="types"} -Inf',
      ]) {
        expect(shown).toContain(`${line}\n`);
      }
    });

    test('what is large goes compressed', async () => {
      const lines = Array.from({ length: 5_000 }, (_, i) => `large{i="${i}"} ${i}\n`);
      expect(await push(lines.join(''), gateway.url, '--job', 'large')).toEqual(good);
      expect(await gateway.metrics()).toContain('i="4999"');
    });

    test('PUT replaces the group, POST what has the same name, DELETE removes it', async () => {
      const to = [gateway.url, '--job', 'methods', '--no-instance'];
      const names = async () =>
        Object.keys((await groupOf({ job: 'methods' })) ?? {}).filter((name) => /^\w$/.test(name));
      await push('a 1\nb 1\n', ...to);
      expect(await names()).toEqual(['a', 'b']);
      await push('c 1\n', ...to, '--method', 'POST');
      expect(await names()).toEqual(['a', 'b', 'c']);
      await push('d 1\n', ...to, '--method', 'PUT');
      expect(await names()).toEqual(['d']);
      expect(await push('', ...to, '--method', 'DELETE')).toEqual(good);
      expect(await groupOf({ job: 'methods' })).toBeUndefined();
    });

    test('another type is refused in the words of the gateway, and what was there stays', async () => {
      const to = ['--job', 'clash', '--no-instance'];
      await push('# TYPE clash gauge\nclash 1\n', gateway.url, ...to);
      const result = await push('# TYPE clash counter\nclash 2\n', gateway.url, '--job', 'other');
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr).toMatch(
        /^prom-agent: the Pushgateway refuses this: HTTP 400: .*clash.*\n$/s,
      );
      expect(await gateway.metrics()).toContain('clash{instance="",job="clash"} 1\n');
    });

    test('wrong lines: nothing is sent, or with --lenient the others', async () => {
      const body = 'good 1\nbad\n# TYPE good gauge\nworse x 12\n';
      const wrong =
        'prom-agent: line 2: expected a value, got the end of the body\n' +
        'prom-agent: line 3: expected the TYPE line of good before its first sample\n' +
        'prom-agent: line 4: expected a value, got "x 12"\n';
      const to = [gateway.url, '--job', 'lines', '--no-instance'];
      expect(await push(body, ...to)).toEqual({
        code: 1,
        stdout: '',
        stderr: `${wrong}prom-agent: nothing was sent: correct these lines, or send the others with --lenient\n`,
      });
      expect(await groupOf({ job: 'lines' })).toBeUndefined();
      expect(await push(body, ...to, '--lenient')).toEqual({
        code: 0,
        stdout: '',
        stderr: `${wrong}prom-agent: the other lines are sent\n`,
      });
      expect(await groupOf({ job: 'lines' })).toHaveProperty('good');
    });

    test('an empty standard input does not empty the group', async () => {
      const to = [gateway.url, '--job', 'empty', '--no-instance'];
      await push('a 1\n', ...to);
      const result = await push('', ...to);
      expect(result.code).toBe(1);
      expect(result.stderr).toContain('no metrics on the standard input');
      expect(await groupOf({ job: 'empty' })).toHaveProperty('a');
    });

    test('--dry-run prints what would be sent, and where', async () => {
      const result = await push(
        'a  1 1700000000000\n',
        `${gateway.url}/`,
        '--job',
        'dry/run',
        '--no-instance',
        '--dry-run',
      );
      expect(result).toEqual({
        code: 0,
        stdout: 'a 1\n',
        stderr:
          'prom-agent: timestamps left out: 1 (a Pushgateway takes none)\n' +
          `prom-agent: PUT ${gateway.url}/metrics/job@base64/ZHJ5L3J1bg\n`,
      });
      expect(await groupOf({ job: 'dry/run' })).toBeUndefined();
    });
  });

  describe.skipIf(requireServer(program))('in trouble', () => {
    test('down: 4 after the retries', async () => {
      const url = `http://127.0.0.1:${await freePort()}`;
      const result = await push('a 1\n', url, '--job', 'j', '--retries', '1');
      expect(result.code).toBe(4);
      expect(result.stderr).toMatch(
        /^prom-agent: connect ECONNREFUSED \S+: trying again in \d+ ms\nprom-agent: the Pushgateway was not reached: connect ECONNREFUSED \S+\n$/,
      );
    });

    test('hanging: 4 after the timeout', async () => {
      const gateway = await startPushgateway({ program });
      try {
        gateway.process()!.signal('SIGSTOP');
        const flags = ['--job', 'j', '--retries', '0', '--timeout', '300ms'];
        expect(await push('a 1\n', gateway.url, ...flags)).toEqual({
          code: 4,
          stdout: '',
          stderr: 'prom-agent: the Pushgateway was not reached: no answer within 300 ms\n',
        });
      } finally {
        gateway.process()!.signal('SIGCONT');
        await gateway.stop();
      }
    });

    test('killed in the middle of a push and started again: the push arrives', async () => {
      const gateway = await startPushgateway({ program });
      try {
        gateway.process()!.signal('SIGSTOP');
        const flags = ['--job', 'j', '--no-instance', '--retries', '100', '--timeout', '5s'];
        const pushing = push('a 1\n', gateway.url, ...flags);
        // Its request is in the kernel's hands by now, or it is not: both must end well.
        await new Promise((resolve) => setTimeout(resolve, 500));
        await gateway.kill();
        await gateway.start();
        expect((await pushing).code).toBe(0);
        expect(await gateway.groups()).toMatchObject([{ labels: { job: 'j' } }]);
      } finally {
        await gateway.stop();
      }
    });
  });

  describe.skipIf(requireServer(program) || !hasOpenssl())('with TLS and a password', () => {
    test('takes a push with them, and refuses one without', async () => {
      const secure = await startSecureGateway(program);
      try {
        const { url } = secure.gateway;
        const withConfig = ['--http.config.file', secure.httpConfigFile];
        expect(await push('a 1\n', url, '--job', 'j', ...withConfig)).toEqual(good);
        const untrusted = await push('a 1\n', url, '--job', 'j', '--retries', '0');
        expect(untrusted.code).toBe(4);
        expect(untrusted.stderr).toContain('certificate');
        const stranger = url.replace('//', '//stranger:sesame@');
        const refused = await push('a 1\n', stranger, '--job', 'j', ...withConfig);
        expect(refused.code).toBe(1);
        expect(refused.stderr).toContain('HTTP 401');
        expect(refused.stderr).not.toContain('sesame');
      } finally {
        await secure.stop();
      }
    });
  });
});

describe.skipIf(requireServer('pushgateway'))('a gateway with UTF-8 names', () => {
  test('has names of metrics and labels as they were', async () => {
    const gateway = await startPushgateway({ flags: ['--push.enable-utf8-names'] });
    try {
      const flags = ['--job', 'j', '--no-instance', '--grouping', 'host.name=a/b'];
      expect(await push('{"disk.free","größe"="ö"} 1\n', gateway.url, ...flags)).toEqual(good);
      const [group] = await gateway.groups();
      expect(group!.labels).toEqual({ job: 'j', 'host.name': 'a/b' });
      expect(group).toHaveProperty('disk.free');
      expect(JSON.stringify(group)).toContain('"größe":"ö"');
    } finally {
      await gateway.stop();
    }
  });
});

test.each([
  ['a file that is not there', '/no/such/file', 'cannot read /no/such/file'],
  ['a file that is no http_config', import.meta.filename, ''],
])('--http.config.file: %s', async (_name, file, words) => {
  const result = await push(
    'a 1\n',
    'http://127.0.0.1:1',
    '--job',
    'j',
    '--http.config.file',
    file,
  );
  expect(result.code).toBe(1);
  expect(result.stderr).toContain(words);
});

function sorted(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
}
