// Whether the machine runs: goes before everything on its core, wakes up each millisecond, and notes when it did so too
// late. Nothing but the kernel can be the reason, or the hypervisor, which gave the core to others.

/** Timers of whole milliseconds come after one to two of them. */
const tooLateMs = 3;

/** The stalls until `endMs`, in Unix time: `[from, to]`. */
function watch(endMs) {
  return new Promise((resolve) => {
    const stalls = [];
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - last > tooLateMs) {
        stalls.push([performance.timeOrigin + last, performance.timeOrigin + now]);
      }
      last = now;
      if (performance.timeOrigin + now < endMs) return;
      clearInterval(timer);
      resolve(stalls);
    }, 1);
  });
}

process.on('message', async ({ endMs }) => process.send(await watch(endMs)));
process.on('disconnect', () => process.exit());
process.send('ready');
