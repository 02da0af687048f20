const binaryUnits = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const plainUnits = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

const element = /(\d*)(?:\.(\d*))?([^\d.]+)/y;

/**
 * A size as Prometheus writes it (`512MB`, `1.5GiB`, `10MB5KB`, `0`), in bytes; undefined when it is
 * not one. Both spellings count in powers of 1024, units are upper case and may not be mixed
 * (alecthomas/units ParseBase2Bytes). Above 2^53 the nearest number.
 */
export function parseByteSize(text: string): number | undefined {
  return parseWith(binaryUnits, text) ?? parseWith(plainUnits, text);
}

function parseWith(units: readonly string[], text: string): number | undefined {
  const negative = text.startsWith('-');
  const digits = /^[-+]/.test(text) ? text.slice(1) : text;
  if (digits === '0') return 0;
  if (digits === '') return undefined;
  let bytes = 0;
  element.lastIndex = 0;
  while (element.lastIndex < digits.length) {
    const match = element.exec(digits);
    if (match === null) return undefined;
    const [, whole = '', fraction = '', unit = ''] = match;
    const power = units.findIndex((name) => `${name}B` === unit);
    if (power < 0 || whole + fraction === '') return undefined;
    bytes += Number(`${whole || '0'}.${fraction || '0'}`) * 1024 ** power;
  }
  if (bytes >= 2 ** 63) return undefined;
  return negative ? -Math.trunc(bytes) : Math.trunc(bytes);
}

/** As Prometheus shows a size: `1.5GiB` is `1GiB512MiB` (alecthomas/units Base2Bytes.String). */
export function formatByteSize(bytes: number): string {
  let rest = bytes;
  let text = '';
  for (let power = binaryUnits.length - 1; power >= 0; power--) {
    const count = Math.floor(rest / 1024 ** power);
    if (count > 0) text += `${count}${binaryUnits[power]}B`;
    rest -= count * 1024 ** power;
  }
  return text === '' ? '0B' : text;
}
