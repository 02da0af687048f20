import type { z } from 'zod';
import { WrittenScalar } from '../raw-tree.js';
import { textOf } from '../scalar-text.js';
import { agentSchema, poolSchema } from './agent-block.js';
import { block, list } from './block.js';
import { globalSchema } from './global.js';
import { kafkaWriteSchema } from './kafka-write.js';
import { leaf } from './leaf.js';
import { unusedSections } from './prometheus-fields.js';
import { pushgatewayWriteSchema } from './pushgateway-write.js';
import { remoteWriteSchema } from './remote-write.js';
import { scrapeConfigSchema } from './scrape-config.js';

function configFilePattern() {
  const expected = 'a path of a YAML file, with * in its last part only';
  return leaf(expected, (value) => {
    const path = textOf(value);
    return path !== undefined && /^[^*]*(?:\*[^/]*)?$/.test(path) ? path : undefined;
  });
}

/** What is in it is nobody's concern, save that it is a mapping or a list. */
function unusedSection(name: string) {
  const isList = name === 'rule_files' || name === 'remote_read';
  return leaf(isList ? 'a list' : 'a mapping', (value) => {
    if (value === null) return {};
    const isCollection = typeof value === 'object' && !(value instanceof WrittenScalar);
    return isCollection && Array.isArray(value) === isList ? value : undefined;
  });
}

const unused = Object.fromEntries(
  unusedSections.map((name) => [name, unusedSection(name).optional()]),
);

export const sections = {
  global: globalSchema.nullish(),
  scrape_configs: list(scrapeConfigSchema),
  scrape_config_files: list(configFilePattern()),
  remote_write: list(remoteWriteSchema),
  kafka_write: list(kafkaWriteSchema),
  pushgateway_write: list(pushgatewayWriteSchema),
  agent: agentSchema.nullish(),
  pool: poolSchema.nullish(),
};

export const rootSchema = block({ ...sections, ...unused }, { own: ['collectors'] });

/** What a file of `scrape_config_files` may hold. */
export const includedSchema = block({ scrape_configs: list(scrapeConfigSchema) });

/** The sections prom-agent reads, each as the schema gives it. */
export type Written = z.output<z.ZodObject<typeof sections>>;
export type WrittenGlobal = z.output<typeof globalSchema>;
export type WrittenScrapeConfig = z.output<typeof scrapeConfigSchema>;
export type WrittenKafkaWrite = z.output<typeof kafkaWriteSchema>;
export type WrittenPushgatewayWrite = z.output<typeof pushgatewayWriteSchema>;
export type WrittenRemoteWrite = z.output<typeof remoteWriteSchema>;
