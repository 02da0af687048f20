/** Prometheus' metric_name_validation_scheme: any UTF-8, or the letters of before 3.0. */
export type NameValidation = 'utf8' | 'legacy';

// Most texts hold none at all, and without the flag `u` that is known in half the time.
const surrogate = /[\ud800-\udfff]/;
const loneSurrogate = /\p{Surrogate}/u;
const legacyName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function isValidLabelName(name: string, validation: NameValidation = 'utf8'): boolean {
  if (validation === 'legacy') return legacyName.test(name);
  return name !== '' && isValidLabelValue(name);
}

/** Whether the text can be written as UTF-8. */
export function isValidLabelValue(value: string): boolean {
  return !surrogate.test(value) || !loneSurrogate.test(value);
}
