import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../packages/core/src/config/load-config.js';
import { type KafkaServer, startKafka } from '../servers/kafka.js';
import { type PrometheusServer, startPrometheus } from '../servers/prometheus.js';
import { requireServer } from '../servers/require-server.js';
import { runCommand } from '../servers/run-command.js';
import { type TempFolder, tempFolder } from '../servers/temp-folder.js';
import { workerCommand } from '../servers/worker.js';
import { KafkaScene } from './kafka-scene.js';
import { samplesIn } from './replay-scene.js';

const timeoutMs = 120_000;
const guides = fileURLToPath(new URL('../../docs/guide/', import.meta.url));

/** What stands in the guide as code of a language, block by block. */
async function blocksOf(guide: string, language: string): Promise<string[]> {
  const text = await readFile(join(guides, guide), 'utf8');
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
  return Array.from(blocks, ([, block = '']) => block);
}

describe.skipIf(requireServer('kafka-4.1', 'prometheus', 'kcat'))('the guides of Kafka', () => {
  let kafka: KafkaServer;
  let prometheus: PrometheusServer;
  let folder: TempFolder;

  beforeAll(async () => {
    [kafka, prometheus, folder] = await Promise.all([
      startKafka(),
      startPrometheus({ remoteWriteReceiver: true }),
      tempFolder('guides'),
    ]);
    await program('prom-agent', `'${process.execPath}' '${workerCommand}'`);
  }, timeoutMs);
  afterAll(async () => {
    await Promise.all([kafka?.stop(), prometheus?.stop(), folder?.remove()]);
  });

  async function program(name: string, command: string): Promise<void> {
    await mkdir(join(folder.path, 'bin'), { recursive: true });
    const file = join(folder.path, 'bin', name);
    await writeFile(file, `#!/bin/sh\nexec ${command} "$@"\n`);
    await chmod(file, 0o755);
  }

  /** The commands as they are written, with the addresses of servers that are there. */
  async function run(commands: string): Promise<string> {
    const here = commands
      .replaceAll('kafka-1:9092,kafka-2:9092', kafka.address)
      .replaceAll('kafka-1:9092', kafka.address)
      .replaceAll('http://prometheus:9090', prometheus.url);
    const PATH = `${join(folder.path, 'bin')}:${process.env['PATH']}`;
    const options = { env: { PATH }, timeoutMs: 60_000 };
    const { code, stdout, stderr } = await runCommand('sh', ['-ec', here], options);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  async function write(topic: string, format: 'remote_write' | 'jsonl'): Promise<KafkaScene> {
    const scene = new KafkaScene({ topic, format, brokers: [kafka.address] });
    for (let i = 0; i < 5; i++) scene.tick(3, 20);
    await scene.settled();
    await scene.output.close(5_000);
    return scene;
  }

  test(
    'what they say is what happens: a topic is made, read and replayed',
    async () => {
      const [create = '', read = ''] = await blocksOf('kafka.md', 'sh');
      const [replay = ''] = await blocksOf('replay.md', 'sh');
      // Kafka's own tools are not among what is installed for tests.
      const flag = (name: string): string => new RegExp(`--${name} (\\S+)`).exec(create)?.[1] ?? '';
      expect(flag('bootstrap-server')).toBe('kafka-1:9092');
      const configs = Object.fromEntries([flag('config').split('=')]);
      const partitions = Number(flag('partitions'));
      await kafka.createTopic({ topic: flag('topic'), partitions, configs });
      await kafka.createTopic({ topic: 'metrics-lines' });
      const scene = await write('metrics-node', 'remote_write');
      await write('metrics-lines', 'jsonl');
      const [first = '', ...others] = (await run(read.replace('"up"', '"m"'))).trim().split('\n');
      expect(first).toMatch(/^\d{13} node\d{12} format=remote_write,job=node,.*,seq=\d{16}$/);
      expect(JSON.parse(others.at(-1) ?? '')).toMatchObject({ name: 'm' });
      await run(replay);
      expect(await samplesIn(prometheus, 'node')).toEqual(scene.given);
    },
    timeoutMs,
  );

  test('their configurations are valid', async () => {
    for (const block of await blocksOf('kafka.md', 'yaml')) {
      expect(parseConfig(block, 'prometheus.yml').kafkaWrites).toHaveLength(1);
    }
  });
});
