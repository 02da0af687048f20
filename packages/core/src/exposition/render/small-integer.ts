const zero = 48;

/**
 * Writes an integer from 0 to 2^31 - 1, which most counts are, from its last digit to its first; 10 digits at most.
 * Returns where the next byte goes.
 */
export function putSmallInteger(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let bound = 10; value >= bound && bound < 1e10; bound *= 10) end++;
  let rest = value;
  let place = end;
  do {
    const tenth = (rest / 10) | 0;
    bytes[--place] = zero + rest - tenth * 10;
    rest = tenth;
  } while (rest > 0);
  return end;
}
