import type { BrokerConnection } from './broker-connection.js';
import type { Kafkajs } from './kafkajs.js';

const initProducerIdVersion = 1;
const transactionTimeoutMs = 60_000;

/** The id by which a cluster knows repeats of a batch and leaves them out (KIP-98). */
export interface ProducerIdentity {
  /** -1: the cluster gives none, and an attempt whose answer is lost may repeat its messages. */
  readonly id: bigint;
  readonly epoch: number;
}

export const noIdentity: ProducerIdentity = { id: -1n, epoch: -1 };

interface IdentityAnswer {
  readonly errorCode: number;
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** A new identity; an error code where the cluster refuses. */
export async function askIdentity(
  { requests }: Kafkajs,
  connection: BrokerConnection,
): Promise<ProducerIdentity | { readonly errorCode: number }> {
  const fields = { transactionalId: null, transactionTimeout: transactionTimeoutMs };
  const exchange = requests.InitProducerId.protocol({ version: initProducerIdVersion })(fields);
  const { errorCode, producerId, producerEpoch } = await connection.ask<IdentityAnswer>(exchange);
  if (errorCode !== 0) return { errorCode };
  return { id: BigInt(producerId), epoch: producerEpoch };
}
