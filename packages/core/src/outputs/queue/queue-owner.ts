import { utimesSync } from 'node:fs';
import { isRunning, processSpace, startTimeOf } from './process-space.js';

/** Owners say so often that they live, to those who cannot look for their process. */
export const heartbeatMs = 2_000;
/** Without a sign of life for so long an owner elsewhere counts as dead. */
export const silenceMs = 10_000;

/** Who a queue's folder belongs to: an output of one thread of one agent. Its name is the lock. */
export interface QueueOwner {
  readonly pid: number;
  /** Empty where there is no /proc. */
  readonly startTime: string;
  readonly space: string;
  /** Of the agent: several may work in a process. */
  readonly agent: string;
  readonly thread: number;
  /** Which of the queues the thread has opened. */
  readonly queue: number;
}

/** What an owner's name says of it. */
export type Life =
  | 'alive'
  | 'dead'
  /** Its process cannot be looked for from here: its folder decides by its age. */
  | 'unknown';

export function ownOwner(agent: string, thread: number, queue: number): QueueOwner {
  const { pid } = process;
  return { pid, startTime: startTimeOf(pid), space: processSpace(), agent, thread, queue };
}

/** The owner has given the folder up. */
export function nobody(owner: QueueOwner): QueueOwner {
  return { ...owner, pid: 0 };
}

export function folderName(owner: QueueOwner): string {
  const { pid, startTime, space, agent, thread, queue } = owner;
  return ['q', pid, startTime, space, agent, thread, queue].join('-');
}

const pattern = /^q-(\d+)-(\d*)-([\da-f]{8})-([\da-z]+)-(\d+)-(\d+)$/;

/** Undefined for a folder that is no queue's. */
export function parseFolderName(name: string): QueueOwner | undefined {
  const match = pattern.exec(name);
  if (match === null) return undefined;
  const [, pid, startTime = '', space = '', agent = '', thread, queue] = match;
  return {
    pid: Number(pid),
    startTime,
    space,
    agent,
    thread: Number(thread),
    queue: Number(queue),
  };
}

/** Whether the owner of another folder lives. `isOpen`: this thread has the folder open itself. */
export function lifeOf(owner: QueueOwner, own: QueueOwner, isOpen: boolean): Life {
  if (owner.pid === 0) return 'dead';
  if (owner.space !== own.space) return 'unknown';
  if (owner.pid === own.pid && owner.startTime === own.startTime) {
    // An earlier thread in this one's place is gone; the others of this process say so themselves.
    const isThisPlace = owner.agent === own.agent && owner.thread === own.thread;
    return isThisPlace && !isOpen ? 'dead' : 'alive';
  }
  if (own.startTime === '') return isRunning(owner.pid) ? 'unknown' : 'dead';
  return startTimeOf(owner.pid) === owner.startTime ? 'alive' : 'dead';
}

/** A sign of life. */
export function beat(folder: string, nowMs: number): void {
  utimesSync(folder, nowMs / 1000, nowMs / 1000);
}
