const nameLabel = Buffer.from('__name__');
const instanceLabel = Buffer.from('instance');
const up = Buffer.from('up');
const syntheticPrefix = Buffer.from('scrape_');

/**
 * What the sink wants to know of a series' labels, read from their bytes: which target it is of,
 * whether it is `up` or another series the agent itself makes, and whether the labels keep the
 * rules of the wire (nothing empty, sorted by name and no name twice).
 */
export class SeriesLabels {
  /** Index of the target in the fleet, -1 when the series has no such instance. */
  target = -1;
  isUp = false;
  isSynthetic = false;
  isWellFormed = true;
  isSorted = true;
  #bytes = Buffer.alloc(0);
  #lastName = 0;
  #lastNameEnd = 0;

  start(bytes) {
    this.#bytes = bytes;
    this.#lastNameEnd = this.#lastName = 0;
    this.target = -1;
    this.isUp = this.isSynthetic = false;
    this.isWellFormed = true;
    this.isSorted = true;
  }

  add(name, nameEnd, value, valueEnd) {
    const bytes = this.#bytes;
    if (nameEnd === name || valueEnd === value) this.isWellFormed = false;
    if (!this.#isAfterLast(name, nameEnd)) this.isSorted = false;
    this.#lastName = name;
    this.#lastNameEnd = nameEnd;
    if (nameEnd - name !== 8) return;
    if (startsWith(bytes, name, nameEnd, nameLabel)) {
      this.isUp = valueEnd - value === up.length && startsWith(bytes, value, valueEnd, up);
      this.isSynthetic = this.isUp || startsWith(bytes, value, valueEnd, syntheticPrefix);
    } else if (startsWith(bytes, name, nameEnd, instanceLabel)) {
      this.target = targetOf(bytes, value, valueEnd);
    }
  }

  #isAfterLast(name, nameEnd) {
    const bytes = this.#bytes;
    const lastLength = this.#lastNameEnd - this.#lastName;
    const shortest = Math.min(lastLength, nameEnd - name);
    for (let i = 0; i < shortest; i++) {
      const difference = bytes[name + i] - bytes[this.#lastName + i];
      if (difference !== 0) return difference > 0;
    }
    return nameEnd - name > lastLength;
  }
}

function startsWith(bytes, start, end, wanted) {
  if (end - start < wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** `127.1.x.y:9100` → x * 250 + y - 1, without making a string. */
function targetOf(bytes, start, end) {
  let octet = 0;
  let dots = 0;
  let network = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte >= 48 && byte <= 57) octet = octet * 10 + byte - 48;
    else if (byte === 46) {
      dots++;
      if (dots === 3) network = octet;
      octet = 0;
    } else if (byte === 58 && dots === 3) return network * 250 + octet - 1;
    else return -1;
  }
  return -1;
}
