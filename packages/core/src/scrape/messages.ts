import type { RenderFormat } from '../exposition/render/exposition-writer.js';
import type { LogLevel } from '../logger.js';
import type { KafkaWriteOptions } from '../outputs/kafka/kafka-options.js';
import type { OutputStatus } from '../outputs/output.js';
import type { PushGroup } from '../outputs/pushgateway/client/push-group.js';
import type { PushBody } from '../outputs/pushgateway/client/push-request.js';
import type { PushgatewayWriteOptions } from '../outputs/pushgateway/pushgateway-options.js';
import type { DurableQueueOptions } from '../outputs/queue/queue-options.js';
import type { RemoteWriteOptions } from '../outputs/remote-write/remote-write-options.js';
import type { ScrapeJob } from '../targets/scrape-job.js';
import type { ScrapedNow } from '../targets/scraped-now.js';
import type { ScrapeFailureReason, TargetStatus } from '../targets/target-status.js';
import type { PackedPlans } from './packed-plans.js';
import type { SeriesLimits, SeriesShares } from './series/series-budget.js';
import type { TargetPlan } from './target-plan.js';

/** Where samples go, and with which labels. */
export interface OutputSettings {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly remoteWrites: readonly RemoteWriteOptions[];
  /** Default: none. */
  readonly kafkaWrites?: readonly KafkaWriteOptions[] | undefined;
  /** Default: none. */
  readonly pushgatewayWrites?: readonly PushgatewayWriteOptions[] | undefined;
}

/** What a shard is started with. Plain data. */
export interface ShardBoot extends OutputSettings {
  readonly threadMemoryBytes: number;
  readonly seriesLimits: SeriesLimits;
  readonly userAgent: string;
  readonly allowLinkLocalRedirects: boolean;
  /** Four bytes: who has the agent's one task of the file system (http-client/shared-turns.ts). */
  readonly fileLock: SharedArrayBuffer;
  /** Undefined: queues are in memory alone. */
  readonly queue: DurableQueueOptions | undefined;
  /** Tells the agents of a process apart. */
  readonly agentId: string;
}

/** How the series of a target end when it leaves a shard. */
export type TargetEnd =
  /** It is gone: its series get stale markers at its next tick. */
  | 'gone'
  /** Another thread or member goes on with it: no markers, whose next sample would hide. */
  | 'moved';

/** From the main thread to a shard. */
export type ToShard =
  | { type: 'jobs'; jobs: readonly { key: string; job: ScrapeJob }[] }
  | { type: 'outputs'; outputs: OutputSettings }
  /** This thread's share of what the agent may have. */
  | { type: 'series-shares'; shares: SeriesShares }
  | {
      type: 'targets';
      add: readonly TargetPlan[];
      /** More to add; default: none. */
      packed?: readonly PackedPlans[];
      remove: readonly { id: string; end: TargetEnd }[];
    }
  /** The target moves here: a snapshot of series-snapshot.ts goes with it. */
  | { type: 'take-over'; plan: TargetPlan; snapshot: Uint8Array<ArrayBuffer> }
  /** The target is to move away after its next scrape: answered by `released` or `kept`. */
  | { type: 'release'; targetId: string }
  | { type: 'scrape-now'; id: number; targetId: string }
  | { type: 'pushed-body'; targetId: string; timestampMs: number; pushed: PushedBody }
  | ({ type: 'pushed-registry' } & PushedRegistry)
  | { type: 'address'; hostname: string; answer: AddressAnswer }
  | ({ type: 'federate'; id: number } & FederationQuery)
  | { type: 'federate-next'; id: number }
  | { type: 'federate-cancel'; id: number }
  | { type: 'close'; deadlineMs: number };

/** A body of the service's own registry, or why it could not be rendered. */
export interface PushedBody {
  readonly body: Uint8Array;
  /** Default: text 0.0.4. */
  readonly contentType?: string;
  readonly durationMs: number;
  readonly error: string | undefined;
}

/** A body of the service's own registry for a Pushgateway, or why it could not be rendered. */
export interface PushedRegistry {
  /** Name of the pushgateway_write. */
  readonly output: string;
  readonly group: PushGroup;
  readonly body: Uint8Array;
  readonly format: PushBody['format'];
  readonly timestampMs: number;
  readonly error: string | undefined;
}

/** What the name resolver found: addresses, or the error's code and message. */
export type AddressAnswer =
  | { readonly addresses: readonly { address: string; family: 4 | 6 }[] }
  | { readonly code: string; readonly message: string };

/** From a shard to the main thread. */
export type FromShard =
  | { type: 'ready' }
  | { type: 'summary'; summary: ShardSummary }
  | { type: 'statuses'; targets: readonly TargetStatus[] }
  | { type: 'lookup'; hostname: string }
  | { type: 'released'; targetId: string; snapshot: Uint8Array<ArrayBuffer> }
  /** The target stays: an output could not send its last samples in time, or it changed. */
  | { type: 'kept'; targetId: string }
  | { type: 'scraped-now'; id: number; scraped: ScrapedNow }
  | { type: 'federate-block'; id: number; block: FederatedBlock | undefined; error?: string }
  | { type: 'log'; level: LogLevel; fields: object; message: string }
  | { type: 'closed' };

/** What a request for /federate asks for. */
export interface FederationQuery {
  readonly match: readonly string[];
  readonly format: RenderFormat;
  readonly nowMs: number;
}

/** Some or all series of one metric name: exposition lines without the TYPE line, or protobuf. */
export interface FederatedBlock {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Totals of a shard since its thread started. */
export interface ShardSummary {
  readonly counters: ShardCounters;
  readonly outputs: readonly OutputStatus[];
  /** Of the targets here, in all and by job; empty where there is no limit to share. */
  readonly seriesUsed: SeriesShares;
}

/** Why a sample of a good scrape is not passed on. Closed: each has a counter. */
export type RefusedReason =
  | 'duplicate_timestamp'
  | 'out_of_order'
  | 'out_of_bounds'
  | 'series_limit';

/** Monotonic since the thread started. */
export interface ShardCounters {
  scrapes: number;
  scrapesFailed: Record<ScrapeFailureReason, number>;
  ticksSkipped: number;
  samplesScraped: number;
  samplesPostRelabelling: number;
  /** Samples not passed on, by reason. */
  samplesRefused: Record<RefusedReason, number>;
  staleMarkers: number;
  seriesAdded: number;
  /** Targets that came from another thread with their series, and those that had to start clean. */
  takeOvers: number;
  takeOversFailed: number;
  bodyBytes: number;
  /** Gauge: series alive now. */
  series: number;
  /** Gauge: bytes of bodies and series the shard accounts for. */
  memoryBytes: number;
}
