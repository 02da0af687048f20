// The scrape thread as it is, but that the words "kill the reader" in a body are the end of it.
import startThread from '@prom-agent/core/thread';

const fatal = Buffer.from('kill the reader');
const { lastIndexOf } = Buffer.prototype;

// The parser's first look at a body is for its last newline.
Buffer.prototype.lastIndexOf = function (...args) {
  if (this.includes(fatal)) process.exit(3);
  return lastIndexOf.apply(this, args);
};

// biome-ignore lint/style/noDefaultExport: a thread is started through it
export default startThread;
