/** Prometheus' metric_name_validation_scheme: any UTF-8, or the letters of before 3.0. */
export type NameValidation = 'utf8' | 'legacy';

const legacyName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const loneSurrogate = /\p{Surrogate}/u;

export function isValidLabelName(name: string, validation: NameValidation = 'utf8'): boolean {
  if (validation === 'legacy') return legacyName.test(name);
  return name !== '' && isValidLabelValue(name);
}

/** Whether the text can be written as UTF-8. */
export function isValidLabelValue(value: string): boolean {
  return !loneSurrogate.test(value);
}
