/** A flag, or flags together, say what cannot be meant: the message is for who wrote them. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
