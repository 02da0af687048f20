import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';

/** A TCP relay to a server on 127.0.0.1, for what only happens between two machines. */
export class Wire {
  readonly #targetPort: number;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isSilent = false;

  private constructor(targetPort: number, port: number) {
    this.#targetPort = targetPort;
    this.#port = port;
  }

  /** @param target `host:port` */
  static async to(target: string): Promise<Wire> {
    const wire = new Wire(Number(target.split(':')[1]), await freePort());
    await wire.join();
    return wire;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** From now on nothing passes, and nobody is told: not even that the other side has closed. */
  silence(): void {
    this.#isSilent = true;
  }

  mend(): void {
    this.#isSilent = false;
  }

  /** Resets what is connected; who connects again gets through. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    this.#sockets.clear();
  }

  /** Resets what is connected, and refuses who connects again. */
  cut(): void {
    this.#server?.close();
    this.#server = undefined;
    this.reset();
  }

  /** Listens again after {@link cut}, on the same port. */
  async join(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = createServer((near) => this.#relay(near)).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  #relay(near: Socket): void {
    const far = connect(this.#targetPort, '127.0.0.1');
    this.#pipe(near, far);
    this.#pipe(far, near);
  }

  #pipe(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (chunk) => this.#isSilent || to.write(chunk));
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      if (!this.#isSilent) to.destroy();
    });
  }
}
