import type { Certificates } from './certificates.js';

/** One broker's ports on the loopback address. */
export interface BrokerPorts {
  readonly plaintext: number;
  readonly saslPlaintext: number;
  readonly saslSsl: number;
  /** Asks for a client's certificate. */
  readonly ssl: number;
  readonly controller: number;
}

/** May do everything, on every listener; the plaintext listener lets everyone do everything. */
export const KAFKA_USER = { username: 'openedx', password: 'openedx-secret' } as const;
/** May do nothing that an access control list does not allow. */
export const KAFKA_GUEST = { username: 'guest', password: 'guest-secret' } as const;

const SCRAM = ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
const MODULES = 'org.apache.kafka.common.security';

/** Arguments of the storage tool that make the users known to SCRAM. */
export const SCRAM_USERS = SCRAM.flatMap((mechanism) =>
  [KAFKA_USER, KAFKA_GUEST].flatMap(({ username, password }) => [
    '--add-scram',
    `${mechanism}=[name=${username},password=${password}]`,
  ]),
);

/** Properties of broker and controller `node` (from 1) in one process, one of `cluster`. */
export function brokerProperties(
  node: number,
  cluster: readonly BrokerPorts[],
  dataFolder: string,
  { caFile, serverFile }: Certificates,
): Record<string, string | number | boolean> {
  const ports = cluster[node - 1]!;
  const replicas = cluster.length;
  const isr = Math.min(2, replicas);
  const clients = [
    `PLAINTEXT://127.0.0.1:${ports.plaintext}`,
    `SASL_PLAINTEXT://127.0.0.1:${ports.saslPlaintext}`,
    `SASL_SSL://127.0.0.1:${ports.saslSsl}`,
    `SSL://127.0.0.1:${ports.ssl}`,
  ].join(',');
  return {
    'process.roles': 'broker,controller',
    'node.id': node,
    'controller.quorum.voters': cluster
      .map(({ controller }, index) => `${index + 1}@127.0.0.1:${controller}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `${clients},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': clients,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT',
    ...logins('sasl_plaintext'),
    ...logins('sasl_ssl'),
    'sasl.enabled.mechanisms': ['PLAIN', ...SCRAM, 'OAUTHBEARER'].join(','),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': serverFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'listener.name.ssl.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:ANONYMOUS;User:${KAFKA_USER.username};User:CN=${KAFKA_USER.username}`,
    'log.dirs': dataFolder,
    'auto.create.topics.enable': true,
    'default.replication.factor': replicas,
    'min.insync.replicas': isr,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': isr,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': isr,
    // A broker that was killed is away for 2 s, not 9; a group takes its members at once.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    'controller.quorum.election.timeout.ms': 500,
    'controller.quorum.fetch.timeout.ms': 1000,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'log.segment.bytes': 67_108_864,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
}

/** A plaintext listener that sends clients to another port than its own. */
export interface FurtherListener {
  readonly name: string;
  readonly port: number;
  readonly advertised: number;
}

/** The properties of a broker with further listeners. */
export function withListeners(
  properties: Readonly<Record<string, string | number | boolean>>,
  listeners: readonly FurtherListener[],
): Record<string, string | number | boolean> {
  const add = (setting: string, values: readonly string[]) => ({
    [setting]: [properties[setting], ...values].join(','),
  });
  return {
    ...properties,
    ...add(
      'listeners',
      listeners.map(({ name, port }) => `${name}://127.0.0.1:${port}`),
    ),
    ...add(
      'advertised.listeners',
      listeners.map(({ name, advertised }) => `${name}://127.0.0.1:${advertised}`),
    ),
    ...add(
      'listener.security.protocol.map',
      listeners.map(({ name }) => `${name}:PLAINTEXT`),
    ),
  };
}

/** PLAIN, SCRAM, and OAUTHBEARER with unsigned tokens, whose `sub` is the user. */
function logins(listener: string): Record<string, string> {
  const of = (mechanism: string) =>
    `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config`;
  const users = [KAFKA_USER, KAFKA_GUEST].map(
    ({ username, password }) => `user_${username}="${password}"`,
  );
  return {
    [of('PLAIN')]: `${MODULES}.plain.PlainLoginModule required ${users.join(' ')};`,
    ...Object.fromEntries(
      SCRAM.map((name) => [of(name), `${MODULES}.scram.ScramLoginModule required;`]),
    ),
    [of('OAUTHBEARER')]:
      `${MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  };
}
