const perNetwork = 250;

/** The address of target i; from 127.1.0.1 on, 250 to a third octet. */
export function targetAddress(index, port) {
  return `127.1.${Math.floor(index / perNetwork)}.${(index % perNetwork) + 1}:${port}`;
}

/** The target of an IP address, -1 when it is none of the fleet. */
export function targetIndex(ip) {
  const [a, b, network, host] = ip.split('.').map(Number);
  if (a !== 127 || b !== 1 || host < 1 || host > perNetwork) return -1;
  return network * perNetwork + host - 1;
}
