import type { AgentConfig } from './config/agent-config.js';
import { checkKafkajs } from './outputs/kafka/kafkajs.js';

/** Packages that only some configurations need. @throws PromAgentError KAFKA_CLIENT_MISSING */
export function checkPeers({ kafkaWrites }: AgentConfig): void {
  if (kafkaWrites.length > 0) checkKafkajs();
}
