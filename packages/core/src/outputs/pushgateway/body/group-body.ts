import { ByteSink } from '../../../exposition/render/byte-sink.js';
import { familySteps } from '../../../exposition/render/exposition-writer.js';
import { ProtobufWriter } from '../../../exposition/render/protobuf-writer.js';
import type { PushBody } from '../client/push-request.js';
import type { BodyBuffers } from './body-buffers.js';
import type { FamilyPlan } from './family-plan.js';
import type { GroupValues } from './group-values.js';
import type { TextTemplate } from './text-template.js';

/** What a gateway can read, as far as is known. */
export interface GatewayAbilities {
  readonly nativeHistograms: boolean;
  readonly utf8Names: boolean;
}

/** A body whose buffer is used again. */
export interface MadeBody extends PushBody {
  /** Called when nobody reads it any more. */
  readonly release?: () => void;
}

/** What every gateway reads. */
export function textBody(
  template: TextTemplate,
  values: Float64Array,
  buffers: BodyBuffers,
): MadeBody {
  const buffer = buffers.take(template.mostBytes);
  const { sink } = buffers;
  sink.begin(buffer);
  template.fill(values, sink);
  const bytes = buffer.subarray(0, sink.at);
  return { bytes, format: 'text', release: () => buffers.give(buffer) };
}

/** For what text cannot hold, as the gateway can read it. */
export function protobufBody(
  plan: FamilyPlan,
  { values, histograms }: GroupValues,
  { nativeHistograms, utf8Names }: GatewayAbilities,
): MadeBody {
  const sink = new ByteSink();
  const writer = new ProtobufWriter(sink, utf8Names ? 'allow-utf-8' : 'underscores');
  for (const family of plan.families(values, histograms, { native: nativeHistograms })) {
    for (const _ of familySteps(writer, family));
  }
  return { bytes: Buffer.concat(sink.takeAll()), format: 'protobuf' };
}
