import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/load-config.js';
import { DnsScene } from './dns-scene.contract.js';

// What Prometheus finds in zones, recorded; the folder lies beside the repository or is not there.
const file = new URL('../../../../../../shared/conformance/sd_dns.jsonl', import.meta.url);

interface RecordedCase {
  id: string;
  name: string;
  dns_sd_config_yaml: string;
  zone: Record<string, string[]>;
  expect: { targets?: Record<string, string>[]; config_error?: string };
}

const cases: RecordedCase[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : [];

/** An empty label is no label. */
function withoutEmpty(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));
}

describe.skipIf(cases.length === 0)('recorded sd_dns', () => {
  it.each(cases.map((one) => [one.id, one.name, one] as const))(
    '%s %s',
    async (_id, _name, one) => {
      const item = one.dns_sd_config_yaml
        .replaceAll(/^(?=.)/gm, '      ')
        .replace('     ', '    -');
      const text = `scrape_configs:\n  - job_name: j\n    dns_sd_configs:\n${item}`;
      if (one.expect.config_error !== undefined) {
        expect(() => parseConfig(text, 'x.yml')).toThrow();
        return;
      }
      const [config] = parseConfig(text, 'x.yml').scrapeConfigs[0]!.discoveries;
      if (config?.kind !== 'dns') throw new Error('expected dns_sd_configs');
      const scene = await DnsScene.create(one.zone);
      await scene.start({ ...config, servers: [scene.server.address] });
      const targets = scene.updates[0]!.groups.flatMap((group) =>
        group.targets.map((target) => Object.fromEntries([...group.labels, ...target])),
      );
      expect(targets).toEqual(one.expect.targets!.map(withoutEmpty));
      await scene.close();
    },
  );
});
