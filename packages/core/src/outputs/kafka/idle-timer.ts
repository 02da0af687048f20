import type { KafkajsRequestQueue } from './kafkajs.js';

type IdleQueue = Pick<
  KafkajsRequestQueue,
  'pending' | 'throttledUntil' | 'scheduleCheckPendingRequests'
>;

/**
 * After its first answer each connection arms a timer with a delay below zero, which arms the next: a
 * loop of 1 ms, 5 % of a core for an idle connection (tulios/kafkajs#1751, #1755, #1768). There is
 * something to look after only while requests wait or the broker has asked for a pause.
 *
 * @param queue of one connection, or the prototype of them all
 */
export function stopIdleTimer(queue: IdleQueue): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: IdleQueue): void {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}
