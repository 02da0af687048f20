import { describe, expect, it } from 'vitest';
import { runCommand } from '../servers/run-command.js';
import { workerCommand } from '../servers/worker.js';

const checkMetrics = (stdin: string, ...flags: string[]) =>
  runCommand(process.execPath, [workerCommand, 'check', 'metrics', ...flags], { stdin });

it('says nothing about a good body', async () => {
  const body = '# HELP a_total h\n# TYPE a_total counter\na_total 1\n';
  expect(await checkMetrics(body)).toEqual({ code: 0, stdout: '', stderr: '' });
});

it('says what it found on stderr and ends with 3', async () => {
  expect(await checkMetrics('# TYPE b counter\nb 1\na_ms 1\n')).toEqual({
    code: 3,
    stdout: '',
    stderr: [
      'a_ms metric names should not contain abbreviated units',
      'a_ms no help text',
      'b counter metrics should have "_total" suffix',
      'b no help text',
      '',
    ].join('\n'),
  });
});

it('prints the table on stdout, with findings too', async () => {
  expect(await checkMetrics('a 1\nb 1\nb{x="1"} 1\n', '--extended')).toEqual({
    code: 3,
    stdout: [
      'Metric    Cardinality    Percentage    ',
      'b         2              66.67%        ',
      'a         1              33.33%        ',
      'Total     3              100%          ',
      '',
    ].join('\n'),
    stderr: 'a no help text\nb no help text\n',
  });
});

describe('a bad body is refused with 1, and it says where', () => {
  it.each([
    ['a 1\nb x\n', 'error while linting: line 2, column 3: expected a value, got "x"\n'],
    [
      '# HELP a b\n# HELP a b\n',
      'error while linting: line 2, column 1: expected no second HELP line for metric name "a", got "# HELP a b"\n',
    ],
  ])('%j', async (body, stderr) => {
    expect(await checkMetrics(body, '--extended')).toEqual({ code: 1, stdout: '', stderr });
  });
});
