/** Of a span, as OpenTelemetry's API has it. */
export interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

interface Context {
  getValue(key: symbol): { spanContext?(): SpanContext } | undefined;
}

interface ContextManager {
  active(): Context;
}

// Both are part of @opentelemetry/api 1.x, which shares them between its copies by these names
// (api/src/internal/global-utils.ts, api/src/trace/context-utils.ts): nothing has to be imported.
const apiKey = Symbol.for('opentelemetry.js.api.1');
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN');

const sampledFlag = 1;

interface Api {
  /** There while the app traces. */
  readonly context?: ContextManager;
}

/** OpenTelemetry's API once the process has it: a look at the global object for each request is dear. */
export function tracingApi(): Api | undefined {
  return (globalThis as { [apiKey]?: Api })[apiKey];
}

/** The span this code runs in, where the app traces and keeps it; what is not sampled cannot be found. */
export function activeSpan({ context: contexts }: Api): SpanContext | undefined {
  if (contexts === undefined) return undefined;
  const context = contexts.active().getValue(spanKey)?.spanContext?.();
  if (context === undefined || (context.traceFlags & sampledFlag) === 0) return undefined;
  return context;
}
