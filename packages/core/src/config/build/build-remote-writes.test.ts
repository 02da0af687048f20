import { expect, it } from 'vitest';
import { parseConfig } from '../load-config.js';

const v2 = 'protobuf_message: io.prometheus.write.v2.Request';

it.each([
  ['1.0', '', 2000],
  ['2.0', `, ${v2}`, 5000],
  ['2.0 with other settings of the queue', `, ${v2}, queue_config: {max_shards: 3}`, 5000],
  ['2.0 as it is given', `, ${v2}, queue_config: {max_samples_per_send: 700}`, 700],
])('a request of %s holds as many samples by default', (_, more, samples) => {
  const text = `remote_write: [{url: 'http://h/w'${more}}]`;
  const { remoteWrites } = parseConfig(text, 'prometheus.yml');
  expect(remoteWrites[0]?.queue.maxSamplesPerSend).toBe(samples);
});
