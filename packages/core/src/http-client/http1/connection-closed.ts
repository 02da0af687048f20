/** The other side closed the connection before the answer's end. */
export class ConnectionClosed extends Error {
  /** False before the answer's first byte. */
  readonly hadAnswer: boolean;

  constructor(hadAnswer: boolean) {
    super(hadAnswer ? 'the connection was closed' : 'the connection was closed without an answer');
    this.hadAnswer = hadAnswer;
  }
}
