/**
 * Whether a gateway's refusal is of a name that is not a classic one: all before 1.11 refuse them, and those
 * that run without `--push.enable-utf8-names` (the words are prometheus/common's, of 1.5 and 1.11).
 */
export function refusesNames(words: string): boolean {
  return /invalid (?:metric |label )?name/.test(words);
}
