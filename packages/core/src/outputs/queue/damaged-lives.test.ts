import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { made, QueueScene, readAll } from './queue-scene.contract.js';

/** What a block of acknowledgements covers: so many records come again when it is damaged. */
const recordsPerBlock = 480;
const targets = 3;

type Damage =
  | { what: 'bit'; of: '.seg' | '.ack'; which: number; at: number }
  | { what: 'cut'; of: '.seg' | '.ack'; which: number; at: number }
  | { what: 'gone'; of: '.seg' | '.ack'; which: number };

type Step =
  | { do: 'append'; target: number; bytes: number }
  | { do: 'acknowledge'; which: number }
  | { do: 'save' | 'read' }
  | { do: 'crash'; damage: readonly Damage[] };

interface Known {
  readonly target: number;
  /** Name of the segment's file without its suffix. */
  readonly segment: string;
  isSaved: boolean;
  isAcknowledged: boolean;
  /** The acknowledgement was saved, too. */
  isSettled: boolean;
}

/** What was damaged of a segment, and so may be lost of it or come again. */
interface Harm {
  lost: number;
  isAckHarmed: boolean;
}

/** A queue through crashes on a disk that damages files, and what must be in it. */
class DamagedLives {
  readonly queue = new QueueScene({ maxBytes: 2 ** 30 });
  #log = this.queue.open();
  #loaded: ReturnType<typeof readAll> = [];
  readonly #known: Known[] = [];

  run(step: Step): void {
    if (step.do === 'append') this.#append(step.target, step.bytes);
    else if (step.do === 'save') this.#save();
    else if (step.do === 'read') this.#loaded.push(...readAll(this.#log));
    else if (step.do === 'acknowledge') this.#acknowledge(step.which);
    else if (step.do === 'crash') this.#crash(step.damage);
  }

  #append(target: number, bytes: number): void {
    const id = this.#known.length;
    this.queue.nowMs += 1;
    const segment = this.#log.append(target, made(id, bytes), undefined, this.queue.nowMs);
    const name = path.basename(segment.dataFile, '.seg');
    const states = { isSaved: false, isAcknowledged: false, isSettled: false };
    this.#known.push({ target, segment: name, ...states });
  }

  #save(): void {
    this.#log.save();
    for (const one of this.#known) {
      one.isSaved = true;
      one.isSettled ||= one.isAcknowledged;
    }
  }

  #acknowledge(which: number): void {
    const [one] = this.#loaded.splice(which % Math.max(1, this.#loaded.length), 1);
    if (one === undefined) return;
    this.#log.acknowledge(one.segment, one.record, one.samples);
    this.#known[one.id]!.isAcknowledged = true;
  }

  #crash(damage: readonly Damage[]): void {
    this.queue.killAll();
    const harms = new Map<string, Harm>();
    for (const one of damage) this.#damage(one, harms);
    this.#log = this.queue.open();
    const there = readAll(this.#log);
    this.#check(
      there.map(({ id }) => id),
      harms,
    );
    // What is not there any more is not asked for again.
    const ids = new Set(there.map(({ id }) => id));
    this.#known.forEach((one, id) => {
      one.isSaved = true;
      one.isAcknowledged = !ids.has(id);
      one.isSettled = one.isAcknowledged;
    });
    this.#loaded = there;
  }

  /** Does it, and says what it may cost. */
  #damage(damage: Damage, harms: Map<string, Harm>): void {
    const files = this.queue.files(damage.of);
    const file = files[damage.which % Math.max(1, files.length)];
    if (file === undefined) return;
    const name = path.basename(file, damage.of);
    const harm = harms.get(name) ?? { lost: 0, isAckHarmed: false };
    harms.set(name, harm);
    const bytes = readFileSync(file);
    if (damage.of === '.ack') harm.isAckHarmed = true;
    else harm.lost += damage.what === 'bit' ? 1 : Number.POSITIVE_INFINITY;
    if (damage.what === 'gone') rmSync(file);
    else if (damage.what === 'cut') truncateSync(file, damage.at % (bytes.length + 1));
    else if (bytes.length > 0) {
      const bit = damage.at % (bytes.length * 8);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
    }
  }

  #check(ids: readonly number[], harms: ReadonlyMap<string, Harm>): void {
    expect(new Set(ids).size).toBe(ids.length);
    for (let target = 0; target < targets; target++) {
      const ofTarget = ids.filter((id) => this.#known[id]!.target === target);
      expect(ofTarget).toEqual(ofTarget.toSorted((a, b) => a - b));
    }
    const there = new Set(ids);
    const lost = new Map<string, number>();
    const again = new Map<string, number>();
    const count = (of: Map<string, number>, name: string) => of.set(name, (of.get(name) ?? 0) + 1);
    this.#known.forEach(({ segment, isSaved, isAcknowledged, isSettled }, id) => {
      if (isSaved && !isAcknowledged && !there.has(id)) count(lost, segment);
      if (isSettled && there.has(id)) count(again, segment);
    });
    for (const [name, records] of lost) {
      expect(records).toBeLessThanOrEqual(harms.get(name)?.lost ?? 0);
    }
    for (const [name, records] of again) {
      expect(harms.get(name)?.isAckHarmed).toBe(true);
      expect(records).toBeLessThanOrEqual(recordsPerBlock);
    }
  }
}

const of = fc.constantFrom('.seg' as const, '.ack' as const);
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({
    what: fc.constantFrom('bit' as const, 'cut' as const),
    of,
    which: fc.nat(),
    at: fc.nat(),
  }),
  fc.record({ what: fc.constant('gone' as const), of, which: fc.nat() }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      target: fc.nat(targets - 1),
      bytes: fc.oneof(fc.integer({ min: 4, max: 300 }), fc.constant(1_000_000)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('save' as const, 'read' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('acknowledge' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      damage: fc.array(damage, { maxLength: 3 }),
    }),
  },
);

it('damage costs its own records: none of another segment, none twice, none out of order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const lives = new DamagedLives();
      try {
        for (const one of [...steps, { do: 'crash' as const, damage: [] }]) lives.run(one);
      } finally {
        lives.queue.remove();
      }
    }),
    { numRuns: 60 },
  );
});
