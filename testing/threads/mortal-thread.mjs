// The scrape thread as it is, and a way for a test to kill it from inside.
import { BroadcastChannel } from 'node:worker_threads';
import startThread from '@prom-agent/core/thread';

const orders = new BroadcastChannel('mortal-thread');
orders.unref();

const deaths = {
  exit: () => process.exit(3),
  throw: () =>
    setImmediate(() => {
      throw new Error('a bug in the thread');
    }),
  memory: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill({ kept }));
  },
};

let armed = true;
orders.onmessage = ({ data }) => {
  if (!armed) return;
  armed = false;
  deaths[data]();
};

export default startThread;
