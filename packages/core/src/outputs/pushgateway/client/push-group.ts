import { PromAgentError } from '../../../errors.js';
import { escapedName } from '../../../exposition/render/escape-name.js';
import { compareUtf8 } from '../../../model/labels.js';

/** A group of a Pushgateway: what a push replaces, and what a DELETE removes. */
export interface PushGroup {
  /** Not empty. */
  readonly job: string;
  /** The other labels of the group; an empty value is a label too. */
  readonly grouping: Readonly<Record<string, string>>;
}

/**
 * The path of a group behind the gateway's URL, labels sorted by name: the same group has the same
 * path. A name beyond the classic ones is escaped (`U__`), which a gateway reads that runs with
 * `--push.enable-utf8-names`.
 * @throws PromAgentError PUSH_INVALID: no gateway takes this group
 */
export function groupPath({ job, grouping }: PushGroup): string {
  if (job === '') throw invalid('the job of a push is empty, expected a name', { label: 'job' });
  let path = `/metrics${labelPath('job', job)}`;
  for (const name of Object.keys(grouping).sort(compareUtf8)) {
    checkName(name);
    path += labelPath(escapedName(name, 'values'), grouping[name]!);
  }
  return path;
}

/** The gateway's reason would be of the path, which its caller has not written. */
function checkName(name: string): void {
  if (name === 'job') {
    throw invalid("a grouping label is called 'job', expected it as the job of the push", {
      label: name,
    });
  }
  if (name === '' || name.startsWith('__')) {
    throw invalid(`'${name}' is no grouping label: expected a name that does not begin with __`, {
      label: name,
    });
  }
}

/**
 * What a path cannot hold goes as base64: a slash, even as %2F; nothing; and what the gateway's
 * router cleans away, answering 307 (pushgateway README, "URL").
 */
function labelPath(name: string, value: string): string {
  if (value === '') return `/${name}@base64/=`;
  if (value === '.' || value === '..' || value.includes('/')) {
    return `/${name}@base64/${Buffer.from(value).toString('base64url')}`;
  }
  return `/${name}/${encodeURIComponent(wellFormed(value)).replace(/[!'()*]/g, percentEncoded)}`;
}

/** Half of a surrogate pair is no text: as in UTF-8 bytes, U+FFFD stands for it. */
function wellFormed(value: string): string {
  return Buffer.from(value).toString();
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

function invalid(message: string, data: Readonly<Record<string, unknown>>): PromAgentError {
  return new PromAgentError('PUSH_INVALID', message, { data });
}
