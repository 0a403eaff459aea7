import { AsyncLocalStorage } from 'node:async_hooks';
import type { SASLOptions } from 'kafkajs';
import type { KafkaCredentials, KafkaSasl } from '../settings/kafka-options.js';

interface Authenticator {
  authenticate(): Promise<void>;
}
type AuthenticatorOf = (connection: object) => Authenticator;

/**
 * How a kafkajs client logs on. With a `credentialsProvider` kafkajs's own way of the mechanism is used, with what the
 * function gives whenever a connection logs on.
 */
export function saslOptions(sasl: KafkaSasl): SASLOptions {
  if (!('credentialsProvider' in sasl)) return sasl;
  const { mechanism, credentialsProvider } = sasl;
  // Several connections may log on at the same time, each with its own.
  const current = new AsyncLocalStorage<KafkaCredentials>();
  let own: AuthenticatorOf | undefined;
  const rotating: AuthenticatorOf = (connection) => ({
    authenticate: async () => {
      const credentials = await credentialsProvider();
      await current.run(credentials, () => own!(connection).authenticate());
    },
  });
  return {
    mechanism,
    get username() {
      return current.getStore()?.username;
    },
    get password() {
      return current.getStore()?.password;
    },
    // kafkajs puts its own here the first time that it finds none.
    get authenticationProvider() {
      return own && rotating;
    },
    set authenticationProvider(made: AuthenticatorOf | undefined) {
      own = made;
    },
  } as unknown as SASLOptions;
}
