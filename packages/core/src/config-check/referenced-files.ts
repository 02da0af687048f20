import type { AgentConfig, DiscoveryConfig, ScrapeConfig } from '../config/agent-config.js';
import type {
  HttpClientConfig,
  OAuth2Config,
  SecretSource,
  TlsConfig,
} from '../http-client/http-client-config.js';

/** A file that a configuration names and that is read when it is needed. */
export interface ReferencedFile {
  readonly path: string;
  /** `client cert file`, `password_file`: what it is to whom. */
  readonly what: string;
  /** Without it promtool refuses the configuration; without another a scrape fails. */
  readonly isRequired: boolean;
}

/** Those of a job: of its scrapes, then of its discoveries. */
export function filesOfJob(config: ScrapeConfig): ReferencedFile[] {
  const { http } = config.job;
  return [
    ...fileOf(
      'authorization credentials or bearer token file',
      http.authorization?.credentials,
      true,
    ),
    ...filesOfTls(http.tls, true),
    ...otherFiles(http),
    ...config.discoveries.flatMap(filesOfDiscovery),
  ];
}

export function filesOfKafkaWrites({ kafkaWrites }: AgentConfig): ReferencedFile[] {
  return kafkaWrites.flatMap(({ sasl, tls }) => [
    ...(sasl === undefined
      ? []
      : sasl.mechanism === 'oauthbearer'
        ? fileOf('token_file', sasl.token)
        : fileOf('password_file', sasl.password)),
    ...filesOfTls(tls),
  ]);
}

export function filesOfRemoteWrites({ remoteWrites }: AgentConfig): ReferencedFile[] {
  return remoteWrites.flatMap(({ http }) => filesOfHttp(http));
}

export function filesOfPushgatewayWrites({ pushgatewayWrites }: AgentConfig): ReferencedFile[] {
  return pushgatewayWrites.flatMap(({ http }) => filesOfHttp(http));
}

function filesOfDiscovery(discovery: DiscoveryConfig): ReferencedFile[] {
  return 'http' in discovery ? filesOfHttp(discovery.http) : [];
}

function filesOfHttp(http: HttpClientConfig): ReferencedFile[] {
  return [
    ...fileOf('credentials_file', http.authorization?.credentials),
    ...filesOfTls(http.tls),
    ...otherFiles(http),
  ];
}

function otherFiles({ basicAuth, oauth2, headers }: HttpClientConfig): ReferencedFile[] {
  return [
    ...fileOf('username_file', basicAuth?.username),
    ...fileOf('password_file', basicAuth?.password),
    ...(oauth2 === undefined ? [] : filesOfOAuth2(oauth2)),
    ...Object.entries(headers).flatMap(([name, { files }]) =>
      files.map((path) => ({ path, what: `file of the header ${name}`, isRequired: false })),
    ),
  ];
}

function filesOfOAuth2({ clientSecret, tls }: OAuth2Config): ReferencedFile[] {
  return [...fileOf('client_secret_file', clientSecret), ...filesOfTls(tls)];
}

function filesOfTls(tls: TlsConfig | undefined, isRequired = false): ReferencedFile[] {
  return [
    ...fileOf('client cert file', tls?.cert, isRequired),
    ...fileOf('client key file', tls?.key, isRequired),
    ...fileOf('ca_file', tls?.ca),
  ];
}

function fileOf(
  what: string,
  source: SecretSource | undefined,
  isRequired = false,
): ReferencedFile[] {
  return source !== undefined && 'file' in source ? [{ path: source.file, what, isRequired }] : [];
}
