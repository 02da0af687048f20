import { compareUtf8 } from '../model/labels.js';

/**
 * Who scrapes a target: rendezvous hashing. Every member computes it alone and all agree, so the
 * arithmetic is part of the agent's contract and is written to be done again in another language.
 *
 * All numbers are unsigned 32-bit, `*` and `+` wrap around. `fmix` is MurmurHash3's finalizer:
 *
 *     fmix(h): h ^= h >> 16; h *= 0x85ebca6b; h ^= h >> 13; h *= 0xc2b2ae35; h ^= h >> 16
 *
 * 1. A target id is 16 hex digits: `high` is the number of the first eight, `low` of the last eight.
 * 2. Each member's name, as UTF-8 bytes, gives two numbers by FNV-1a (for each byte: h ^= byte, then
 *    h *= 0x01000193): `a` starts from 0x811c9dc5, `b` from 0x9e3779b9.
 * 3. The member's score for the target is `fmix(fmix(fmix(a ^ high) + low) ^ b)`.
 * 4. The owner has the highest score; of equal scores the name that comes first in byte order.
 *
 * When a member joins or leaves, only the targets it wins or gives up change hands: 1/n of all.
 *
 * @param members their names, each once, in any order; at least one
 */
export function ownerOf(targetId: string, members: readonly string[]): string {
  return new Rendezvous(members).ownerOf(targetId);
}

/** {@link ownerOf} for many targets: the members' names are hashed once. */
export class Rendezvous {
  readonly #members: readonly Member[];

  constructor(members: readonly string[]) {
    if (members.length === 0) throw new RangeError('a pool has at least one member');
    // In byte order, so that the first of equal scores is the one that wins.
    this.#members = members.toSorted(compareUtf8).map(hashMember);
  }

  ownerOf(targetId: string): string {
    const high = Number.parseInt(targetId.slice(0, 8), 16);
    const low = Number.parseInt(targetId.slice(8, 16), 16);
    let owner = '';
    let highest = -1;
    for (const { name, a, b } of this.#members) {
      const score = fmix(fmix((fmix(a ^ high) + low) | 0) ^ b);
      if (score > highest) {
        highest = score;
        owner = name;
      }
    }
    return owner;
  }
}

interface Member {
  readonly name: string;
  readonly a: number;
  readonly b: number;
}

function hashMember(name: string): Member {
  const bytes = new TextEncoder().encode(name);
  return { name, a: fnv1a(bytes, 0x811c9dc5), b: fnv1a(bytes, 0x9e3779b9) };
}

function fnv1a(bytes: Uint8Array, start: number): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function fmix(value: number): number {
  let hash = value;
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
