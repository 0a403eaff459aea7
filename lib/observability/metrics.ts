/** A metric of the bus: what an implementation of `EventBusTelemetry` needs to make the instrument. */
export interface EventBusMetric {
  /** Such as `openedx.event_bus.lag`. */
  readonly name: string;
  /** In the notation of UCUM, such as `s` and `{event}`. */
  readonly unit: string;
  /** What is counted or measured, for people. */
  readonly description: string;
  /** The bounds of the buckets of a histogram. */
  readonly buckets?: readonly number[];
}

/** As the conventions of OpenTelemetry advise. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const AGES = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** Every metric of the bus. Their names, units and attributes change only with a new major version. */
export const METRIC = {
  sent: {
    name: 'messaging.client.sent.messages',
    unit: '{message}',
    description:
      'Records that this process sent or tried to send; those that were not confirmed have an error.type',
  },
  consumed: {
    name: 'messaging.client.consumed.messages',
    unit: '{message}',
    description: 'Records that the broker delivered, redelivered ones too',
  },
  operationDuration: {
    name: 'messaging.client.operation.duration',
    unit: 's',
    description:
      'Time until the broker confirmed a record that was sent (send), or confirmed acknowledgements (settle)',
    buckets: DURATIONS,
  },
  processDuration: {
    name: 'messaging.process.duration',
    unit: 's',
    description: 'Time that a handler took for an event, one value for each attempt',
    buckets: DURATIONS,
  },
  records: {
    name: 'openedx.event_bus.records',
    unit: '{event}',
    description: 'Records that a group is done with, by result',
  },
  handlerFailures: {
    name: 'openedx.event_bus.handler.failures',
    unit: '{failure}',
    description: 'Attempts of handlers that failed, by handler and error',
  },
  retries: {
    name: 'openedx.event_bus.retries',
    unit: '{attempt}',
    description: 'Attempts at an event after its first attempt',
  },
  duplicates: {
    name: 'openedx.event_bus.duplicates',
    unit: '{event}',
    description: 'Events that an idempotent handler had handled before and was not called for',
  },
  locksLost: {
    name: 'openedx.event_bus.locks_lost',
    unit: '{lock}',
    description: 'Locks of idempotent handlers that were lost while the handler was running',
  },
  age: {
    name: 'openedx.event_bus.age',
    unit: 's',
    description:
      'Time from when an event was created until all handlers of a group were done with it',
    buckets: AGES,
  },
  lettersWritten: {
    name: 'openedx.event_bus.dead_letters.written',
    unit: '{letter}',
    description: 'Dead letters that were written',
  },
  lettersRedriven: {
    name: 'openedx.event_bus.dead_letters.redriven',
    unit: '{letter}',
    description: 'Dead letters that were redriven, by result',
  },
  lettersOpen: {
    name: 'openedx.event_bus.dead_letters.open',
    unit: '{letter}',
    description: 'Dead letters that are open. On Kafka only with the option countDeadLetters',
  },
  lag: {
    name: 'openedx.event_bus.lag',
    unit: '{event}',
    description:
      'Records of a partition or stream that a group has still to read, as the broker counts them',
  },
  lagSeconds: {
    name: 'openedx.event_bus.lag.seconds',
    unit: 's',
    description: 'Age of the oldest record that a group has still to acknowledge',
  },
  pending: {
    name: 'openedx.event_bus.pending',
    unit: '{event}',
    description:
      'Records that were delivered to any member of a group and not acknowledged (Redis)',
  },
  inFlight: {
    name: 'openedx.event_bus.in_flight',
    unit: '{event}',
    description: 'Records that this process received and has neither acknowledged nor released',
  },
  buffered: {
    name: 'openedx.event_bus.buffered',
    unit: '{event}',
    description: 'Records that this process sends and that have no outcome yet',
  },
  reconnects: {
    name: 'openedx.event_bus.reconnects',
    unit: '{reconnect}',
    description: 'How often the broker became available again',
  },
  loopDelay: {
    name: 'openedx.event_bus.event_loop.delay',
    unit: 's',
    description: 'Longest time during the last minute for which the event loop was blocked',
  },
} as const satisfies Readonly<Record<string, EventBusMetric>>;
