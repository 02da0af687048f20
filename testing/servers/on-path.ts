import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program's full path, or undefined when it is not on PATH. */
export function onPath(program: string): string | undefined {
  const { PATH = '' } = process.env;
  for (const folder of PATH.split(delimiter)) {
    const file = join(folder, program);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
