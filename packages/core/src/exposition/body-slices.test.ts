import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyParser, type TextFormat } from './body-parser.js';
import { bodyOf, goodLine, outcome, step } from './changing-bodies.contract.js';
import { CommentTable } from './comment-table.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';
import { SharedKeys } from './shared-keys.js';

function makeParser(comments: CommentTable, texts?: SharedKeys) {
  const keys = new SeriesKeys(texts);
  return { keys, parser: new BodyParser(keys, comments), out: new ParsedBody() };
}

type Made = ReturnType<typeof makeParser>;

function inOneGo({ parser, keys, out }: Made, format: TextFormat, body: Uint8Array): unknown {
  const said = outcome(parser, keys, out, format, body);
  return [said, out.sameOrder, keys.size];
}

/** Parses in slices; `between` runs at each pause. */
function inSlices(
  { parser, keys, out }: Made,
  format: TextFormat,
  body: Uint8Array,
  sliceBytes: number,
  between: () => void,
): unknown {
  const said = outcome(parser, keys, out, format, body, () => {
    for (const _ of parser.parseSlices(format, body, body.length, out, sliceBytes)) between();
  });
  return [said, out.sameOrder, keys.size];
}

/** False when the body ended before that. */
function giveUp(
  { parser, out }: Made,
  format: TextFormat,
  body: Uint8Array,
  sliceBytes: number,
  after: number,
): boolean {
  const slices = parser.parseSlices(format, body, body.length, out, sliceBytes);
  try {
    for (let i = 0; i <= after; i++) if (slices.next().done) return false;
  } catch {
    return false;
  }
  slices.return(undefined);
  return true;
}

const slicedStep = fc.record({
  step,
  sliceBytes: fc.integer({ min: 1, max: 200 }),
  /** Pauses after which it is given up; -1: never. */
  giveUpAfter: fc.constantFrom(-1, -1, -1, 0, 1, 3),
});

describe('a body in slices', { timeout: 60_000 }, () => {
  it('is what it is in one go, whatever the slices, the changes, and what others parse meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(goodLine, { maxLength: 20 }),
        fc.array(slicedStep),
        fc.array(fc.array(goodLine, { maxLength: 6 }), { minLength: 1 }),
        (first, steps, otherBodies) => {
          const comments = new CommentTable();
          const texts = new SharedKeys();
          const sliced = makeParser(comments, texts);
          const other = makeParser(comments, texts);
          const whole = makeParser(new CommentTable());
          let lines = first;
          let others = 0;
          let format: TextFormat = 'text';
          for (const { step: one, sliceBytes, giveUpAfter } of steps) {
            lines = one.change(lines);
            const body = bodyOf(lines, one.format, one.end, one.offset);
            const between = () => {
              const otherLines = otherBodies[others++ % otherBodies.length]!;
              const text = Buffer.from(otherLines.join('\n'));
              const fresh = makeParser(new CommentTable());
              expect(outcome(other.parser, other.keys, other.out, 'text', text)).toEqual(
                outcome(fresh.parser, fresh.keys, fresh.out, 'text', text),
              );
            };
            if (giveUpAfter >= 0 && giveUp(sliced, one.format, body, sliceBytes, giveUpAfter)) {
              // Lines of another format are forgotten when a body begins.
              if (one.format !== format) whole.parser.close();
              format = one.format;
              continue;
            }
            if (giveUpAfter >= 0) {
              inOneGo(whole, one.format, body);
              format = one.format;
              continue;
            }
            format = one.format;
            const said = inSlices(sliced, one.format, body, sliceBytes, between);
            expect(said).toEqual(inOneGo(whole, one.format, body));
          }
          sliced.parser.close();
          other.parser.close();
          for (const { keys } of [sliced, other]) Array.from(keys.clear());
          expect([comments.keys.size, texts.size]).toEqual([0, 0]);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('that is given up leaves the next one predicted from the one before', () => {
    const { parser, keys, out } = makeParser(new CommentTable());
    const good = Buffer.from('a 1\nb 2\nc 3\n');
    parser.parse('text', good, good.length, out);
    const next = Buffer.from('x 1\n# HELP x X.\ny 2\na 1\n');
    const slices = parser.parseSlices('text', next, next.length, new ParsedBody(), 1);
    slices.next();
    slices.next();
    slices.return(undefined);
    expect(keys.size).toBe(3);
    parser.parse('text', good, good.length, out);
    expect(out).toMatchObject({ count: 3, sameOrder: true });
  });

  it('holds its comments while another target lets go of them', () => {
    const comments = new CommentTable();
    const sliced = makeParser(comments);
    const other = makeParser(comments);
    const shared = Buffer.from('# HELP a A.\na 1\n');
    other.parser.parse('text', shared, shared.length, other.out);
    const body = Buffer.from('# HELP a A.\na 1\nb 2\n');
    const slices = sliced.parser.parseSlices('text', body, body.length, sliced.out, 1);
    slices.next();
    const without = Buffer.from('# HELP z Z.\nz 1\n');
    other.parser.parse('text', without, without.length, other.out);
    for (const _ of slices);
    expect(sliced.parser.metadata.get('a')).toMatchObject({ help: 'A.' });
  });
});
