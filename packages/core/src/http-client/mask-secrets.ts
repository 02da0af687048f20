/** Takes secrets out of words a server or a library said, should they have echoed them. */
export function maskSecrets(secrets: readonly (string | undefined)[]): (words: string) => string {
  const known = secrets.filter((secret): secret is string => !!secret && secret.length > 3);
  const spelled = new Set(
    known.flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
    ]),
  );
  // Longest first: one may hold another.
  const all = [...spelled].sort((a, b) => b.length - a.length);
  return (words) => all.reduce((masked, secret) => masked.replaceAll(secret, '<secret>'), words);
}
