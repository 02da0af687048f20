import { expect, test } from 'vitest';
import { connectWords } from './connect-words.js';

const tls = {};
const sasl = {};

test.each([
  [
    'Closed connection',
    {},
    'Closed connection: perhaps the listener wants TLS (tls_config) or SASL (sasl)',
  ],
  ['Closed connection', { tls }, 'Closed connection: perhaps the listener wants SASL (sasl)'],
  ['Closed connection', { tls, sasl }, 'Closed connection'],
  [
    'Connection error: 806C:error:0A000412:SSL routines:ssl3_read_bytes:sslv3 alert bad certificate:../deps/rec.c:1601:SSL alert number 42\n',
    { tls },
    'the broker refuses the client certificate (bad certificate): look at cert_file and key_file of tls_config',
  ],
  [
    'Connection error: 80AC:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../deps/rec.c:1601:SSL alert number 116\n',
    { tls },
    'the broker refuses the client certificate (certificate required): look at cert_file and key_file of tls_config',
  ],
  [
    'Connection error: 80AC:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/rec.c:1601:SSL alert number 70',
    { tls },
    'the broker ends the TLS handshake (protocol version)',
  ],
  [
    'Connection error: certificate has expired',
    { tls },
    'Connection error: certificate has expired',
  ],
])('%s', (words, how, expected) => {
  expect(connectWords(words, { sasl: undefined, tls: undefined, ...how })).toBe(expected);
});
