import { type PushText, readPushText } from '@prom-agent/core/push-client';
import type { ScriptRun } from './run-script.js';

/** Names that script_exporter made known. */
const names = ['script_success', 'script_duration_seconds', 'script_exit_code'] as const;
const takenNames: ReadonlySet<string> = new Set(names);

export interface ScriptBody {
  /** The command's metrics and those of its run. */
  readonly bytes: Uint8Array;
  readonly isSuccess: boolean;
  /** Undefined where the command failed: what it printed was not looked at. */
  readonly text: PushText | undefined;
}

/**
 * What is pushed of a run. Of a failed command its run alone: half of what a script prints may look
 * like all of it. So too where lines are wrong, unless `isLenient`.
 */
export function scriptBody(
  run: ScriptRun,
  groupLabels: Readonly<Record<string, string>>,
  isLenient: boolean,
): ScriptBody {
  const hasFailed = run.failure !== undefined || run.exitCode !== 0;
  const isRead = !hasFailed || (isLenient && run.isCut);
  const text = isRead ? readPushText(completeLines(run), { groupLabels, takenNames }) : undefined;
  const isSuccess = !hasFailed && text?.wrongLineCount === 0;
  const isPushed = text !== undefined && (isLenient || isSuccess);
  const runText = Buffer.from(runLines(run, isSuccess));
  return { bytes: Buffer.concat(isPushed ? [text.bytes, runText] : [runText]), isSuccess, text };
}

/** The last line of an output that was cut is another one than the command meant. */
function completeLines({ output, isCut }: ScriptRun): Uint8Array {
  return isCut ? output.subarray(0, output.lastIndexOf('\n') + 1) : output;
}

function runLines({ durationSeconds, exitCode }: ScriptRun, isSuccess: boolean): string {
  const [success, duration, code] = names;
  return [
    gauge(success, 'Whether the script ended with 0 and printed metrics alone.', Number(isSuccess)),
    gauge(duration, 'How long the last run of the script took.', durationSeconds),
    gauge(code, 'Of the last run; 128 and the signal where one ended it.', exitCode),
  ].join('');
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}
