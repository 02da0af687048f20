import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('..', import.meta.url));

// How to reach a registry: the part of npm's configuration that a user may have put into the
// environment alone.
const registrySettings =
  /^npm_config_(registry|cache|userconfig|proxy|https?_proxy|noproxy|cafile|ca|cert|key|strict_ssl|\/\/.*)$/i;

/**
 * The environment for what is started from here. `npm start` hands its whole configuration on as
 * `npm_*` variables: pnpm would take npm's prefix, user agent and empty `noproxy` for the user's
 * wish, and npm warns of those that pnpm sets.
 */
export function environmentWithoutNpm(environment) {
  const kept = Object.entries(environment).filter(([name, value]) => {
    if (!/^(npm_|pnpm_|INIT_CWD$)/i.test(name)) return true;
    return registrySettings.test(name) && value !== '';
  });
  return Object.fromEntries(kept);
}

/** Runs a command to its end; `output` is what it wrote, stdout and stderr as they came. */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: environmentWithoutNpm(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
      // npm's commands are .cmd files on Windows, which only a shell can start.
      shell: process.platform === 'win32' && command !== process.execPath,
      ...options,
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', collect);
    child.stderr?.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => {
      resolve({ code: error.code === 'ENOENT' ? 127 : 126, output: error.message });
    });
    child.on('close', (code, signal) => {
      // As a shell spells a death by signal.
      resolve({ code: code ?? 128 + (signal === 'SIGINT' ? 2 : 15), output });
    });
  });
}
