import type { Dispatcher } from 'undici';

let isDispatching = false;

/**
 * Whether undici makes a request of the agent's right now. It does so before `dispatch` returns: none
 * of our dispatchers has a bound on its connections, so none keeps requests for later.
 */
export function isOwnRequest(): boolean {
  return isDispatching;
}

/** The dispatcher, with its requests known as the agent's own: a service's metrics leave them out. */
export function ownDispatcher<Own extends Dispatcher>(dispatcher: Own): Own {
  const dispatch = dispatcher.dispatch.bind(dispatcher);
  dispatcher.dispatch = (options, handler) => {
    isDispatching = true;
    try {
      return dispatch(options, handler);
    } finally {
      isDispatching = false;
    }
  };
  return dispatcher;
}
