import { getOrMake, type ModelHandlers } from './model-handlers.js';
import type { VirtualClock } from './virtual-clock.js';

type Argument = string | number | Buffer;

interface StreamRecord {
  readonly id: string;
  readonly fields: readonly (readonly [string, Uint8Array | null])[];
  /** Number in its stream. */
  readonly n: number;
}

interface Pending {
  owner: string;
  since: number;
  count: number;
}

interface Group {
  position: string;
  readonly pending: Map<string, Pending>;
  readonly consumers: Set<string>;
}

interface Stream {
  records: StreamRecord[];
  added: number;
  readonly groups: Map<string, Group>;
}

interface Key {
  readonly value: string;
  readonly by: string;
  readonly until: number;
  /** Its holder has begun a handler since it took the key. */
  isUsed: boolean;
}

/** A read that waits for something new. */
interface Waiter {
  readonly connection: number;
  readonly until: number;
  readonly serve: () => unknown;
  readonly answer: (reply: unknown) => void;
  unblocked: boolean;
}

const LOOK_MS = 50;
/** The value of a lease that its holder gave back. */
const FREE = 'free';

/** As much of Redis as consumers use, by a virtual clock. */
export class RedisStreams {
  readonly broken: string[] = [];
  private readonly streams = new Map<string, Stream>();
  private readonly keys = new Map<string, Key>();
  private waiters: Waiter[] = [];
  private frozen: (() => void)[] | undefined;
  private lastMs = 0;
  private seq = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly clock: VirtualClock,
    private readonly handlers: ModelHandlers,
  ) {
    this.timer = setInterval(() => this.serveWaiters(), LOOK_MS);
  }

  close(): void {
    clearInterval(this.timer);
  }

  add(stream: string, fields: StreamRecord['fields']): number {
    const of = this.stream(stream);
    const ms = Math.max(1, Math.floor(this.clock.now), this.lastMs);
    this.seq = ms === this.lastMs ? this.seq + 1 : 0;
    this.lastMs = ms;
    const n = of.added++;
    of.records.push({ id: `${ms}-${this.seq}`, fields, n });
    if (!this.frozen) this.serveWaiters();
    return n;
  }

  /** Nothing is answered until `thaw`; what was asked meanwhile is done then, wanted or not. */
  freeze(): void {
    this.frozen ??= [];
  }

  thaw(): void {
    const waiting = this.frozen ?? [];
    this.frozen = undefined;
    for (const work of waiting) work();
    this.serveWaiters();
  }

  /** Who has the key, as long as it lives. */
  holderOf(matches: (key: string) => boolean): string | undefined {
    return this.lives(matches)?.by;
  }

  /** As `holderOf`, once it has made use of the key. A handler of `member` begins: is it the holder, it does so. */
  userOf(matches: (key: string) => boolean, member: string): string | undefined {
    const key = this.lives(matches);
    if (key?.by === member) key.isUsed = true;
    return key?.isUsed ? key.by : undefined;
  }

  deleteKeys(matches: (key: string) => boolean): void {
    for (const name of this.keys.keys()) if (matches(name)) this.keys.delete(name);
  }

  moveGroupBack(stream: string, group: string, by: number): void {
    const { records, groups } = this.stream(stream);
    const of = groups.get(group);
    if (!of) return;
    const read = records.filter(({ id }) => compare(id, of.position) <= 0);
    of.position = read[read.length - 1 - by]?.id ?? '0-0';
  }

  /** Entries that are pending or not delivered. */
  open(stream: string, group: string): string {
    const { records, groups } = this.stream(stream);
    const of = groups.get(group);
    const unread = records.filter(({ id }) => compare(id, of?.position ?? '0-0') > 0).length;
    const pending = [...(of?.pending ?? [])].map(([id, { owner }]) => `${id} (${owner})`);
    return unread + pending.length === 0 ? '' : `${unread} unread, pending ${pending.join(', ')}`;
  }

  unblock(connection: number): boolean {
    const waiter = this.waiters.find((one) => one.connection === connection);
    if (!waiter) return false;
    this.waiters = this.waiters.filter((one) => one !== waiter);
    waiter.answer(null);
    return true;
  }

  forget(connection: number): void {
    this.waiters = this.waiters.filter((one) => one.connection !== connection);
  }

  /** Calls `answer` with what Redis answers, an Error where it refuses. */
  ask(
    who: { readonly name: string; readonly connection: number },
    command: string,
    args: readonly Argument[],
    answer: (reply: unknown) => void,
  ): void {
    const work = (): void => {
      try {
        if (command === 'XREADGROUP') this.readGroup(who, args.map(String), answer);
        else answer(this.reply(who, command, args));
      } catch (error) {
        answer(error);
      }
    };
    if (this.frozen) this.frozen.push(work);
    else work();
  }

  private lives(matches: (key: string) => boolean): Key | undefined {
    const found = [...this.keys].find(
      ([name, { value, until }]) => matches(name) && until > this.clock.now && value !== FREE,
    );
    return found?.[1];
  }

  private stream(name: string): Stream {
    return getOrMake(this.streams, name, () => ({ records: [], added: 0, groups: new Map() }));
  }

  private group(stream: string, group: string): Group {
    const found = this.stream(stream).groups.get(group);
    if (!found) throw replyError(`NOGROUP No such key '${stream}' or consumer group '${group}'`);
    return found;
  }

  private reply(
    { name, connection }: { readonly name: string; readonly connection: number },
    command: string,
    given: readonly Argument[],
  ): unknown {
    const args = given.map(String);
    const [first = '', second = '', third = ''] = args;
    if (command === 'PING') return 'PONG';
    if (command === 'INFO') return '';
    if (command === 'CLIENT')
      return first === 'ID' ? connection : this.unblock(Number(second)) ? 1 : 0;
    if (command === 'EXISTS') return this.keyOf(first) ? 1 : 0;
    if (command === 'DEL') return this.keys.delete(first) ? 1 : 0;
    if (command === 'SET') return this.set(first, second, name, Number(args[3]));
    if (command === 'EVAL') return this.script(name, args);
    if (command === 'XGROUP') return this.makeGroup(second, third, args[3]!);
    if (command === 'XACK') return this.acknowledge(name, first, second, args.slice(2));
    if (command === 'XPENDING') return this.pending(args);
    if (command === 'XAUTOCLAIM') return this.autoclaim(args);
    if (command === 'XINFO') return this.info(first, second, third);
    if (command === 'XRANGE') return [];
    if (command === 'TYPE') return 'stream';
    throw replyError(`ERR the model does not know ${command} ${first}`);
  }

  private script(name: string, [text = '', count = '0', ...rest]: string[]): unknown {
    const keys = rest.slice(0, Number(count));
    const args = rest.slice(Number(count));
    const [key = ''] = keys;
    if (text.includes('XAUTOCLAIM')) {
      if (!this.isHeldBy(keys[1]!, args[0]!)) return null;
      return this.autoclaim([key, ...args.slice(1)]);
    }
    if (text.includes('XCLAIM')) return this.touch(key, args);
    if (text.includes('PTTL')) return this.takeLease(key, args, name);
    if (text.includes("'DEL'")) return this.freeLease(key, args);
    if (text.includes('XINFO'))
      return ['STREAM', 'GROUPS', 'CONSUMERS'].map((kind) => this.info(kind, key, args[0]!));
    if (text.includes('XRANGE')) return 0;
    throw replyError('ERR the model does not know the script');
  }

  private keyOf(name: string): Key | undefined {
    const key = this.keys.get(name);
    return key && key.until > this.clock.now ? key : undefined;
  }

  private isHeldBy(key: string, token: string): boolean {
    return this.keyOf(key)?.value.startsWith(`${token}:`) ?? false;
  }

  private set(key: string, value: string, by: string, ms: number): 'OK' {
    this.keys.set(key, { value, by, until: this.clock.now + ms, isUsed: false });
    return 'OK';
  }

  /** As the script of `Lease`: a lease that nobody has, that was given back, or that was not renewed, or ours. */
  private takeLease(key: string, [token, count, ms, unused]: string[], by: string): unknown[] {
    const held = this.keyOf(key);
    let since = `gone${count}`;
    if (held && (held.value === FREE || held.value === unused)) since = `next${count}`;
    else if (held && this.isHeldBy(key, token!)) since = held.value.split(':')[1]!;
    else if (held) return [held.value, Math.max(1, Math.ceil(held.until - this.clock.now))];
    const isUsed = held?.by === by && this.isHeldBy(key, token!) && held.isUsed;
    const until = this.clock.now + Number(ms);
    this.keys.set(key, { value: `${token}:${since}:${count}`, by, until, isUsed });
    return [since];
  }

  private freeLease(key: string, [token, ms]: string[]): number {
    const held = this.keyOf(key);
    if (!held || !this.isHeldBy(key, token!)) return 0;
    this.keys.delete(key);
    const until = this.clock.now + Number(ms);
    if (ms !== '0') this.keys.set(key, { value: FREE, by: held.by, until, isUsed: false });
    return 1;
  }

  private makeGroup(stream: string, group: string, from: string): 'OK' {
    const { groups, records } = this.stream(stream);
    if (groups.has(group)) throw replyError('BUSYGROUP Consumer Group name already exists');
    const position = from === '$' ? (records.at(-1)?.id ?? '0-0') : from;
    groups.set(group, { position, pending: new Map(), consumers: new Set() });
    return 'OK';
  }

  private acknowledge(name: string, stream: string, group: string, ids: readonly string[]): number {
    const { pending } = this.group(stream, group);
    for (const id of ids) {
      const record = this.stream(stream).records.find((one) => one.id === id);
      if (record && !this.handlers.isDone(stream, record.n))
        this.broken.push(
          `${this.clock.now} ms: ${name} acknowledged ${stream}/${record.n}, which is not settled`,
        );
      pending.delete(id);
    }
    return ids.length;
  }

  private pending([stream, group, ...rest]: string[]): unknown[] {
    const idle = rest[0] === 'IDLE' ? Number(rest[1]) : 0;
    const [from, to, count, owner] = rest[0] === 'IDLE' ? rest.slice(2) : rest;
    return [...this.group(stream!, group!).pending]
      .filter(([id, one]) => {
        if (owner !== undefined && one.owner !== owner) return false;
        return isWithin(id, from!, to!) && this.clock.now - one.since >= idle;
      })
      .sort(([a], [b]) => compare(a, b))
      .slice(0, Number(count))
      .map(([id, one]) => [id, one.owner, Math.floor(this.clock.now - one.since), one.count]);
  }

  private autoclaim([stream, group, member, idle, from, , count]: string[]): unknown[] {
    const { pending } = this.group(stream!, group!);
    const ids = [...pending]
      .filter(
        ([id, { since }]) => compare(id, from!) >= 0 && this.clock.now - since >= Number(idle),
      )
      .map(([id]) => id)
      .sort(compare)
      .slice(0, Number(count));
    for (const id of ids) {
      const { count: before } = pending.get(id)!;
      pending.set(id, { owner: member!, since: this.clock.now, count: before });
    }
    return ['0-0', ids, []];
  }

  private touch(stream: string, [group, member, size, ...rest]: string[]): string[] {
    const { pending } = this.group(stream, group!);
    const state = rest.slice(0, Number(size));
    const idleAt = state.indexOf('IDLE');
    const countAt = state.indexOf('RETRYCOUNT');
    const idle = idleAt < 0 ? 0 : Number(state[idleAt + 1]);
    const ids = rest.slice(Number(size)).filter((id) => pending.get(id)?.owner === member);
    for (const id of ids) {
      const one = pending.get(id)!;
      one.since = this.clock.now - idle;
      if (countAt >= 0) one.count = Number(state[countAt + 1]);
    }
    return ids;
  }

  private info(kind: string, stream: string, group: string): unknown {
    const { records, groups } = this.stream(stream);
    const last = records.at(-1)?.id ?? '0-0';
    if (kind === 'STREAM') return ['length', records.length, 'last-generated-id', last];
    if (kind === 'CONSUMERS')
      return [...this.group(stream, group).consumers].map((name) => ['name', name, 'idle', 0]);
    return [...groups].map(([name, { position, pending }]) => [
      ...['name', name, 'last-delivered-id', position, 'pending', pending.size],
    ]);
  }

  private readGroup(
    { connection }: { readonly connection: number },
    args: readonly string[],
    answer: (reply: unknown) => void,
  ): void {
    const after = (word: string): string | undefined =>
      args.includes(word) ? args[args.indexOf(word) + 1] : undefined;
    const [, group, member] = args;
    const names = args.slice(args.indexOf('STREAMS') + 1);
    const streams = names.slice(0, names.length / 2);
    const count = Number(after('COUNT'));
    const from = names[streams.length]!;
    for (const stream of streams) this.group(stream, group!).consumers.add(member!);
    if (from !== '>') {
      const stream = streams[0]!;
      answer([[stream, this.ownEntries(stream, group!, member!, from, count)]]);
      return;
    }
    const serve = (): unknown => {
      const found = streams.flatMap((stream) => {
        const entries = this.newEntries(stream, group!, member!, count);
        return entries.length > 0 ? [[stream, entries]] : [];
      });
      return found.length > 0 ? found : null;
    };
    const now = serve();
    const block = after('BLOCK');
    if (now !== null || block === undefined) answer(now);
    else {
      const until = this.clock.now + Number(block);
      this.waiters.push({ connection, until, serve, answer, unblocked: false });
    }
  }

  private ownEntries(
    stream: string,
    group: string,
    member: string,
    after: string,
    count: number,
  ): unknown[] {
    const { pending } = this.group(stream, group);
    return [...pending]
      .filter(([id, { owner }]) => owner === member && compare(id, after) > 0)
      .sort(([a], [b]) => compare(a, b))
      .slice(0, count)
      .map(([id, one]) => {
        one.count++;
        one.since = this.clock.now;
        return this.entry(stream, id);
      });
  }

  private newEntries(stream: string, group: string, member: string, count: number): unknown[] {
    const of = this.group(stream, group);
    const fresh = this.stream(stream)
      .records.filter(({ id }) => compare(id, of.position) > 0)
      .slice(0, count);
    for (const { id } of fresh) {
      of.position = id;
      of.pending.set(id, { owner: member, since: this.clock.now, count: 1 });
    }
    return fresh.map(({ id }) => this.entry(stream, id));
  }

  private entry(stream: string, id: string): unknown {
    const record = this.stream(stream).records.find((one) => one.id === id);
    return [id, record ? record.fields.flatMap(([name, value]) => [name, value]) : null];
  }

  private serveWaiters(): void {
    if (this.frozen) return;
    for (const waiter of [...this.waiters]) {
      const reply = waiter.serve();
      if (reply === null && waiter.until > this.clock.now) continue;
      this.waiters = this.waiters.filter((one) => one !== waiter);
      waiter.answer(reply);
    }
  }
}

function compare(a: string, b: string): number {
  const [ams = 0, aseq = 0] = a.split('-').map(Number);
  const [bms = 0, bseq = 0] = b.split('-').map(Number);
  return ams - bms || aseq - bseq;
}

function isWithin(id: string, from: string, to: string): boolean {
  const low =
    from === '-'
      ? true
      : from.startsWith('(')
        ? compare(id, from.slice(1)) > 0
        : compare(id, from) >= 0;
  return low && (to === '+' || compare(id, to) <= 0);
}

function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
