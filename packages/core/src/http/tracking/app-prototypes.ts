import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { makeObservable, type ResponseClass } from './observable-response.js';

/** What an app makes the prototypes of each request and each response that come to it. */
export interface AppPrototypes {
  readonly request: object;
  readonly response: object;
}

export type RequestClass = new (socket: unknown) => object;

/**
 * Whether objects that are made with these prototypes are the same as objects that get them afterwards:
 * Node.js sets properties in its constructors, which an app may have defined otherwise. And whether its
 * constructors are functions, those of classes make no objects of another prototype.
 */
export function canBeginWith({ request, response }: AppPrototypes): boolean {
  const madeRequest = new IncomingMessage(new Socket());
  const madeResponse = new ServerResponse(madeRequest);
  makeObservable(madeResponse);
  return (
    [IncomingMessage, ServerResponse].every(isFunction) &&
    Object.keys(madeRequest).every((name) => canBeSet(request, name)) &&
    Object.keys(madeResponse).every((name) => canBeSet(response, name))
  );
}

function isFunction(Base: object): boolean {
  return Object.getOwnPropertyDescriptor(Base, 'prototype')?.writable === true;
}

function canBeSet(prototype: object | null, name: string): boolean {
  if (prototype === null) return true;
  const property = Object.getOwnPropertyDescriptor(prototype, name);
  if (property !== undefined) return property.writable === true;
  return canBeSet(Object.getPrototypeOf(prototype), name);
}

const makeRequest = IncomingMessage as unknown as (this: object, socket: unknown) => void;
const makeResponse = ServerResponse as unknown as (this: object, ...args: unknown[]) => void;

/** Requests that have their prototype from the beginning, for {@link canBeginWith}; `Plain`: where they cannot. */
export function requestsWith(prototype: object, Plain: RequestClass): unknown {
  function AppIncomingMessage(this: object, socket: unknown): object {
    try {
      makeRequest.call(this, socket);
      return this;
    } catch {
      // The app has defined a property since that cannot be set.
      return new Plain(socket);
    }
  }
  return inheriting(AppIncomingMessage, IncomingMessage, prototype);
}

/** The same of responses that can be observed. */
export function responsesWith(prototype: object, Plain: ResponseClass): unknown {
  function AppServerResponse(this: object, request: unknown, options: unknown): object {
    try {
      makeResponse.call(this, request, options);
      makeObservable(this);
      return this;
    } catch {
      return new Plain(request, options);
    }
  }
  return inheriting(AppServerResponse, ServerResponse, prototype);
}

/** V8 leaves room in an object for the properties of all constructors in this chain. */
function inheriting(Made: object, Base: object, prototype: object): unknown {
  Object.setPrototypeOf(Made, Base);
  return Object.assign(Made, { prototype });
}
