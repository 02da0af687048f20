import {
  isExpression,
  type Layer,
  matcherOf,
  matchLayer,
  mountExpression,
  type Params,
} from './express-internals.js';

/** Stand-ins for a parameter's value: text, and what patterns of parameters usually allow. */
const probes = ['promagentprobe', '987654321', '0', 'a', 'fedcba98-7654-4321-8fed-cba987654321'];

/**
 * The template a router was mounted with (`/org/:id`), worked out from one path that it took
 * (`/org/7`): only router 2.3 keeps what `use` was given. Each segment is replaced and matched again:
 * what the layer then still takes is a parameter. Undefined when that leaves a parameter over, for
 * its value must not become a label, and where it was a regular expression that the router did not keep.
 */
export function mountTemplate(layer: Layer, taken: string): string | undefined {
  // A list or a regular expression in its own spelling.
  const spelling = layer.rawPath ?? mountExpression(layer);
  if (spelling !== undefined) return String(spelling).replace(/\/+$/, '');
  const matcher = matcherOf(layer, taken);
  if (matcher === undefined) return segmentsTemplate(layer, taken);
  return isExpression(matcher) ? undefined : segmentsTemplate({ match: matcher }, taken);
}

function segmentsTemplate(layer: Layer, taken: string): string | undefined {
  const match = matchLayer(layer, taken);
  if (match === undefined) return undefined;
  const segments = taken.split('/');
  const names = segments.map((_, i) => parameterAt(layer, segments, i));
  // A parameter with a pattern of its own may refuse all probes: then its value says where it is.
  for (const name of Object.keys(match.params)) {
    if (names.includes(name) || match.params[name] === undefined) continue;
    const at = segments.findLastIndex(
      (segment, i) => names[i] === undefined && parameterOf(match.params, segment) === name,
    );
    if (at < 0) return undefined;
    names[at] = name;
  }
  return segments
    .map((segment, i) => segmentTemplate(names[i]) ?? segment)
    .join('/')
    .replace(/\/+$/, '');
}

/** Parameters without a name are numbered; they stand for wildcards and groups. */
function segmentTemplate(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  return /^\d+$/.test(name) ? '*' : `:${name}`;
}

/** The parameter whose value the segment is, found by putting other values there. */
function parameterAt(layer: Layer, segments: readonly string[], at: number): string | undefined {
  if (segments[at] === '') return undefined;
  for (const probe of probes) {
    const match = matchLayer(layer, segments.with(at, probe).join('/'));
    const name = match && parameterOf(match.params, probe);
    if (name !== undefined) return name;
  }
  return undefined;
}

function parameterOf(params: Params, value: string): string | undefined {
  let decoded = value;
  try {
    decoded = decodeURIComponent(value);
  } catch {
    // Then it is compared as it is.
  }
  return Object.keys(params).find((name) => params[name] === decoded);
}
