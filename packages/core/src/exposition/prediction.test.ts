import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyParser, type TextFormat } from './body-parser.js';
import { bodyOf, goodLine, outcome, step } from './changing-bodies.contract.js';
import { CommentTable } from './comment-table.js';
import { ParsedBody } from './parsed-body.js';
import { SeriesKeys } from './series-keys.js';
import { SharedKeys } from './shared-keys.js';

function freshOutcome(format: TextFormat, body: Uint8Array): unknown {
  const keys = new SeriesKeys();
  return outcome(new BodyParser(keys), keys, new ParsedBody(), format, body);
}

/** The nth body goes to the first target, to the second or to both: they share what they can. */
const readers = fc.infiniteStream(fc.constantFrom([0], [1], [0, 1]));

describe('a parser that predicts', { timeout: 60_000 }, () => {
  it('says of every body in any sequence what a fresh one says', () => {
    fc.assert(
      fc.property(fc.array(goodLine, { maxLength: 20 }), fc.array(step), (first, steps) => {
        const keys = new SeriesKeys();
        const comments = new CommentTable();
        const parser = new BodyParser(keys, comments);
        const out = new ParsedBody();
        let lines = first;
        for (const { change, end, format, removed, offset } of steps) {
          lines = change(lines);
          const body = bodyOf(lines, format, end, offset);
          expect(outcome(parser, keys, out, format, body)).toEqual(freshOutcome(format, body));
          if (removed !== undefined) keys.remove(removed % Math.max(1, keys.slotCount));
        }
        parser.close();
        expect(comments.keys.size).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('says so of targets that share their texts, whichever of them has which body', () => {
    fc.assert(
      fc.property(fc.array(goodLine), fc.array(step), readers, (first, steps, nextReaders) => {
        const texts = new SharedKeys();
        const comments = new CommentTable();
        const targets = [0, 1].map(() => {
          const keys = new SeriesKeys(texts);
          return { keys, parser: new BodyParser(keys, comments), out: new ParsedBody() };
        });
        let lines = first;
        for (const { change, end, format, removed, offset } of steps) {
          lines = change(lines);
          const body = bodyOf(lines, format, end, offset);
          for (const n of nextReaders.next().value) {
            const { keys, parser, out } = targets[n]!;
            expect(outcome(parser, keys, out, format, body)).toEqual(freshOutcome(format, body));
            if (removed !== undefined) keys.remove(removed % Math.max(1, keys.slotCount));
          }
        }
        for (const { keys, parser } of targets) {
          parser.close();
          Array.from(keys.clear());
        }
        expect(texts.size).toBe(0);
        expect(texts.outlines.memoryBytes).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('says sameOrder exactly when the slots are those of the last good body', () => {
    fc.assert(
      fc.property(fc.array(goodLine, { maxLength: 20 }), fc.array(step), (first, steps) => {
        const keys = new SeriesKeys();
        const parser = new BodyParser(keys);
        const out = new ParsedBody();
        let lines = first;
        let last: number[] = [];
        for (const { change } of steps) {
          lines = change(lines);
          const body = Buffer.from(lines.join('\n'));
          try {
            parser.parse('text', body, body.length, out);
          } catch {
            continue;
          }
          const slots = [...out.slots.subarray(0, out.count)];
          expect(out.sameOrder).toBe(String(slots) === String(last));
          last = slots;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
