const mostEdits = 2;
const shortestPart = 3;

/**
 * The candidate a typo most likely meant, by edits or as a part of it (`interval` for
 * `scrape_interval`); undefined when none is near enough to be worth saying.
 */
export function nearestName(typo: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(mostEdits + 1, typo.length);
  for (const candidate of candidates) {
    const distance = editDistance(typo.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? candidates.find((candidate) => isPartOf(typo, candidate));
}

function isPartOf(typo: string, candidate: string): boolean {
  const bare = (name: string): string => name.toLowerCase().replaceAll('_', '');
  return typo.length >= shortestPart && bare(candidate).includes(bare(typo));
}

/** Levenshtein's distance, with a swap of neighbours as one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min(substitution, last[j]! + 1, row[j - 1]! + 1);
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (beforeLast[j - 2] ?? Number.POSITIVE_INFINITY) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
