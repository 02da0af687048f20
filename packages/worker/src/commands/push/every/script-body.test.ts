import { describe, expect, test } from 'vitest';
import type { ScriptRun } from './run-script.js';
import { scriptBody } from './script-body.js';

const groupLabels = { job: 'j' };

function run(more: Partial<ScriptRun> = {}): ScriptRun {
  const output = Buffer.from('a 1\n');
  const good = { failure: undefined, exitCode: 0, durationSeconds: 0.5, isCut: false };
  return { ...good, output, ...more };
}

/** Samples alone. */
function pushed(of: ScriptRun, isLenient = false): string[] {
  const text = Buffer.from(scriptBody(of, groupLabels, isLenient).bytes).toString();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

const good = ['script_success 1', 'script_duration_seconds 0.5', 'script_exit_code 0'];
const bad = ['script_success 0', 'script_duration_seconds 0.5', 'script_exit_code 0'];

describe('of a run is pushed', () => {
  test.each<[string, Partial<ScriptRun>, boolean, string[]]>([
    ['what it printed and that it works', {}, false, ['a 1', ...good]],
    ['its run alone, where it printed nothing', { output: Buffer.alloc(0) }, false, good],
    ['its run alone, where lines are wrong', { output: Buffer.from('a 1\nb\n') }, false, bad],
    [
      'the lines that are right, if it may',
      { output: Buffer.from('a 1\nb\n') },
      true,
      ['a 1', ...bad],
    ],
    [
      'its run alone, where it failed',
      { exitCode: 3 },
      true,
      ['script_success 0', 'script_duration_seconds 0.5', 'script_exit_code 3'],
    ],
    [
      'its run alone, where it was killed and ended well all the same',
      { failure: 'it took longer than 1000 ms' },
      false,
      bad,
    ],
    [
      'its run alone, where its output was cut',
      { failure: 'too long', isCut: true, output: Buffer.from('a 1\nb 2') },
      false,
      bad,
    ],
    [
      'whole lines of an output that was cut, if it may',
      { failure: 'too long', isCut: true, output: Buffer.from('a 1\nb 2') },
      true,
      ['a 1', ...bad],
    ],
    [
      'no metric that prom-agent itself pushes',
      { output: Buffer.from('script_success 7\na 1\n') },
      true,
      ['a 1', ...bad],
    ],
  ])('%s', (_name, more, isLenient, lines) => {
    expect(pushed(run(more), isLenient)).toEqual(lines);
  });
});
