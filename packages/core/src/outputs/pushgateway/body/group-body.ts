import { ByteSink } from '../../../exposition/render/byte-sink.js';
import { familySteps } from '../../../exposition/render/exposition-writer.js';
import { ProtobufWriter } from '../../../exposition/render/protobuf-writer.js';
import type { PushBody } from '../client/push-request.js';
import { FamilyPlan } from './family-plan.js';
import type { GroupValues } from './group-values.js';
import { TextTemplate } from './text-template.js';

/** What a gateway can read, as far as is known. */
export interface GatewayAbilities {
  readonly nativeHistograms: boolean;
  readonly utf8Names: boolean;
}

const nothing = new Uint8Array(0);

/** What every gateway reads. */
export function textBody({ form, values }: GroupValues): PushBody {
  return { bytes: form instanceof TextTemplate ? form.fill(values) : nothing, format: 'text' };
}

/** The whole of a group as a gateway reads it, without timestamps. */
export function groupBody(
  group: GroupValues,
  { nativeHistograms, utf8Names }: GatewayAbilities,
): PushBody {
  const { form, values, histograms } = group;
  if (!(form instanceof FamilyPlan)) return textBody(group);
  const sink = new ByteSink();
  const writer = new ProtobufWriter(sink, utf8Names ? 'allow-utf-8' : 'underscores');
  for (const family of form.families(values, histograms, { native: nativeHistograms })) {
    for (const _ of familySteps(writer, family));
  }
  return { bytes: Buffer.concat(sink.takeAll()), format: 'protobuf' };
}
