/**
 * The options of metrics that `true` asks for as well, with every default; undefined where they are not asked
 * for. What is no object is left to the check of the options.
 */
export function askedOptions<Options extends { enabled?: boolean }>(
  given: Options | boolean,
): Options | undefined {
  if (given === false) return undefined;
  const options = given === true ? ({} as Options) : given;
  return (options as Options | null)?.enabled === false ? undefined : options;
}
