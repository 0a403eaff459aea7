/** One topic of an event type. Names as in Python's EVENT_BUS_PRODUCER_CONFIG. */
export interface TopicConfig {
  /** Dotted path to the value that becomes the Kafka key and the order key. */
  readonly event_key_field: string;
  readonly enabled: boolean;
}

/** `{ eventType: { topic: { event_key_field, enabled } } }`, topics without prefix (behaviour 4.1). */
export type ProducerConfig = Readonly<Record<string, Readonly<Record<string, TopicConfig>>>>;

/** Changes to a ProducerConfig: only what differs. null and undefined change nothing. */
export type ProducerConfigOverrides = Readonly<
  Record<
    string,
    Readonly<
      Record<string, { readonly [Key in keyof TopicConfig]?: TopicConfig[Key] | null | undefined }>
    >
  >
>;
