import { expect, test } from 'vitest';
import { connectFailure } from './http-failure.js';

test.each(['EMFILE', 'ENFILE'])('%s says what to raise', (code) => {
  const error = Object.assign(new Error(`connect ${code} 10.0.0.1:9100`), { code });
  expect(connectFailure(error)).toMatchObject({
    reason: 'connect',
    message: `no file is left for a socket: raise the limit of open files (connect ${code} 10.0.0.1:9100)`,
  });
});
