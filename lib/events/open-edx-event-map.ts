/** Every event type that handlers and producers know. Add your own by declaration merging. */
export interface OpenEdxEventMap {}
