/** Where the web server listens; `host` undefined is every address of the machine. */
export interface ListenAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const forms = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/;

/**
 * Reads `host:port`, `:port` or `[ipv6]:port`, as Prometheus' --web.listen-address; port 0 lets the
 * system choose. Throws a RangeError in words.
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, ipv6, name, digits] = forms.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65535) {
    throw new RangeError(
      `'${text}' is no address to listen on: expected host:port, :port or [ipv6]:port with a port up to 65535, like 0.0.0.0:9464`,
    );
  }
  return { host: ipv6 || name || undefined, port };
}

/** As a user writes it, and as a URL needs it: `[::1]:9464`. */
export function formatHostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
