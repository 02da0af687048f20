import type { KafkajsRequestQueue } from './kafkajs.js';

/**
 * After its first answer each connection arms a timer with a delay below zero, which arms the next: a
 * loop of 1 ms, 5 % of a core for an idle connection (tulios/kafkajs#1751, #1755, #1768). There is
 * something to look after only while requests wait or the broker has asked for a pause.
 */
export function stopIdleTimer(queue: KafkajsRequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0 || queue.throttledUntil > Date.now()) schedule.call(queue);
  };
}
