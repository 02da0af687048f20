import { describeOutput } from './outputs-api.js';
import { sendData } from './respond.js';
import { type Route, type RouteRequest, read } from './route.js';

/**
 * What the agent is, how it was told to be and how delivery goes; what Prometheus 3 has too is field for
 * field its own (web/api/v1).
 */
export const statusRoutes: readonly (readonly [path: string, Route])[] = [
  [
    '/api/v1/status/config',
    read(({ response, state }) => sendData(response, { yaml: state.agent.configYaml() })),
  ],
  [
    '/api/v1/status/outputs',
    read(({ response, state }) => {
      sendData(response, { outputs: state.agent.outputs().map(describeOutput) });
    }),
  ],
  ['/api/v1/status/flags', read(({ response, state }) => sendData(response, state.flags))],
  ['/api/v1/status/buildinfo', read(buildInfo)],
];

function buildInfo({ response, state }: RouteRequest): void {
  sendData(response, {
    version: state.version,
    // Fields of a Go build; clients expect them to be there.
    revision: '',
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: '',
    nodeVersion: process.version,
  });
}
