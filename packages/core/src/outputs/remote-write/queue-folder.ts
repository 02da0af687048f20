import { createHash } from 'node:crypto';
import type { RemoteWriteOptions } from './remote-write-options.js';

/** One folder per output: what waits in it must not go to another receiver or tenant. */
export function folderOf({ name, url }: RemoteWriteOptions): string {
  const where = new URL(url);
  where.password = '';
  const hash = createHash('sha256').update(`${name}\0${where.href}`).digest('hex').slice(0, 12);
  return `remote_write/${name.replace(/[^\w.-]+/g, '_').slice(0, 60)}-${hash}`;
}
