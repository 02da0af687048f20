import type { ConfigPath } from './raw-tree.js';

const plainName = /^[A-Za-z_][\w-]*$/;

/** `scrape_configs[0].static_configs[1].labels["a b"]`. */
export function pathText(path: ConfigPath): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (!plainName.test(step)) text += `[${JSON.stringify(step)}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
