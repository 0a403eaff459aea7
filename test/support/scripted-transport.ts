import { BehaviorSubject } from 'rxjs';
import type {
  Delivery,
  DeliverySink,
  EventTransport,
  IncomingRecord,
  RecordPosition,
  PublishOutcome,
  SourceLag,
  Subscription,
  SubscriptionHandle,
  TransportAdmin,
  TransportCapabilities,
  TransportStatus,
} from '../../lib/transport/transport.interface.js';

/** A delivery whose fate the test can see, and take away. */
export class ScriptedDelivery implements Delivery {
  readonly position;
  private readonly lost = new AbortController();
  readonly signal = this.lost.signal;
  readonly deliveryCount = 1;
  fate: 'in hand' | 'settled' | 'released' = 'in hand';
  keptAlive = 0;

  constructor(
    readonly record: IncomingRecord,
    readonly source: string,
    offset: number,
    private readonly journal: string[],
  ) {
    this.position = { topic: record.topic, partition: source, offset: String(offset) };
  }
  settle(): void {
    this.fate = 'settled';
    this.journal.push(`settle ${this.source}:${this.position.offset}`);
  }
  release(): void {
    this.fate = 'released';
    this.journal.push(`release ${this.source}:${this.position.offset}`);
  }
  keepAlive(): void {
    this.keptAlive++;
  }
  /** The record is no longer ours. */
  lose(): void {
    this.lost.abort(new Error('given to another member'));
  }
}

/** One subscription: what was asked of it stands in `journal`, in order. */
export class ScriptedSubscription implements SubscriptionHandle {
  readonly journal: string[] = [];
  readonly deliveries: ScriptedDelivery[] = [];
  private readonly offsets = new Map<string, number>();

  constructor(
    readonly wanted: Subscription,
    readonly sink: DeliverySink,
  ) {}

  /** Hands the records over as one batch of the source. */
  deliver(source: string, records: readonly IncomingRecord[]): Promise<void> {
    const batch = records.map((record) => {
      const offset = this.offsets.get(source) ?? 0;
      this.offsets.set(source, offset + 1);
      return new ScriptedDelivery(record, source, offset, this.journal);
    });
    this.deliveries.push(...batch);
    return Promise.resolve(this.sink.deliver(batch));
  }
  fates(source?: string): string[] {
    return this.deliveries.filter((d) => !source || d.source === source).map((d) => d.fate);
  }
  pause(source = 'all'): void {
    this.journal.push(`pause ${source}`);
  }
  resume(source = 'all'): void {
    this.journal.push(`resume ${source}`);
  }
  flush(): Promise<void> {
    this.journal.push('flush');
    return Promise.resolve();
  }
  lag(): Promise<readonly SourceLag[]> {
    return Promise.resolve([]);
  }
  /** Replace to keep back what was fetched. */
  idle = (): readonly RecordPosition[] => [];
  /** Replace to see what a transport that never leaves does. */
  stop = (): Promise<void> => {
    this.journal.push('stop');
    this.sink.end('stopped');
    return Promise.resolve();
  };
}

/** A transport that does only what the test says. */
export class ScriptedTransport implements EventTransport {
  readonly capabilities: TransportCapabilities = {
    order: 'key',
    groups: true,
    persistent: false,
    partitions: true,
    countsDeliveries: false,
  };
  readonly status = new BehaviorSubject<TransportStatus>({ state: 'ready' });
  readonly status$ = this.status.asObservable();
  readonly subscriptions: ScriptedSubscription[] = [];
  admin: TransportAdmin | undefined;
  connects = 0;
  subscribes = 0;
  /** Replace to let connecting fail or hang. */
  onConnect: (deadline: number) => Promise<void> = () => Promise.resolve();
  /** Replace to let subscribing fail or hang. */
  onSubscribe: () => Promise<void> = () => Promise.resolve();

  /** Replace to deliver before `subscribe` has resolved. */
  onJoined: (subscription: ScriptedSubscription) => Promise<void> = () => Promise.resolve();

  connect(deadline: number): Promise<void> {
    this.connects++;
    return this.onConnect(deadline);
  }
  publish(): Promise<readonly PublishOutcome[]> {
    return Promise.resolve([]);
  }
  async subscribe(wanted: Subscription, sink: DeliverySink): Promise<SubscriptionHandle> {
    this.subscribes++;
    await this.onSubscribe();
    const subscription = new ScriptedSubscription(wanted, sink);
    this.subscriptions.push(subscription);
    await this.onJoined(subscription);
    return subscription;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  unwrap<T>(): T {
    return this as unknown as T;
  }
  /** The newest subscription. */
  get last(): ScriptedSubscription {
    const last = this.subscriptions.at(-1);
    if (!last) throw new Error('nothing is subscribed');
    return last;
  }
}
