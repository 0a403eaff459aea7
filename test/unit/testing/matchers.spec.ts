import { Injectable, Module, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { STUDENT_REGISTRATION_COMPLETED } from '../../../lib/events/catalog/learning.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import {
  custom,
  datetime,
  list,
  long,
  map,
  nullable,
  record,
  string,
  uuid,
} from '../../../lib/events/fields.js';
import { UnknownEventError } from '../../../lib/errors/index.js';
import { EventBusProducer } from '../../../lib/producing/event-bus-producer.js';
import { EventBusTestKit, eventBusMatchers, sampleOf } from '../../../lib/testing/index.js';
import { memoryTransport } from '../../../lib/transport/memory/index.js';

class Tag {
  constructor(readonly name: string) {}
}

const SEEN = defineEvent({
  type: 'org.example.seen.v1',
  data: {
    visit: record('Visit', {
      learner: long(),
      page: string(),
      at: datetime(),
      id: uuid(),
      note: nullable(string()),
      tags: list(string()),
      counts: map(long()),
      tag: custom<Tag>('Tag', 'string', {
        toWire: ({ name }) => name,
        fromWire: (name: string) => new Tag(name),
      }),
    }),
  },
});
const UNSENT = defineEvent({ type: 'org.example.unsent.v1', data: { n: long() } });

const visit = {
  learner: 7,
  page: 'home',
  at: '2026-05-06T07:08:09Z',
  id: '3F2A9D5E-0C4B-11EF-9A3C-0242AC120002',
  note: null,
  tags: ['a', 'b'],
  counts: { x: 1, y: 2 },
  tag: new Tag('new'),
};

expect.extend(eventBusMatchers);

@Injectable()
class Sender {
  constructor(readonly events: EventBusProducer) {}
}

let app: INestApplicationContext;
let kit: EventBusTestKit;

beforeEach(async () => {
  const logger = { log() {}, warn() {}, error() {}, debug() {} };
  const options = { transport: memoryTransport(), group: 'tests', events: [SEEN, UNSENT], logger };
  @Module({ imports: [EventBusModule.forRoot(options)], providers: [Sender] })
  class AppModule {}
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = await module.createNestApplication({ logger: false }).init();
  kit = EventBusTestKit.of(app);
});
afterEach(() => app.close());

const send = (changes: Partial<typeof visit> = {}): Promise<unknown> =>
  app.get(Sender).events.send(SEEN, { visit: { ...visit, ...changes } }, { topic: 'visits' });

/** The text of the failure, without its first line and colours. */
async function failure(expectation: Promise<unknown>): Promise<string> {
  const message = await expectation.then(
    () => 'it passed',
    (error: Error) => error.message,
  );
  // eslint-disable-next-line no-control-regex -- colours
  const [hint, , ...lines] = message.replace(/\u001b\[\d+m/g, '').split('\n');
  expect(hint).toMatch(/^expect\(kit\)(\.not)?\.toHaveSent\(org\.example\.\w+\.v1\)$/);
  return lines.join('\n');
}

const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/g;

it('passes for an event of the type, and for data of which parts are given', async () => {
  await send();
  await expect(kit).toHaveSent(SEEN);
  await expect(kit).toHaveSent(SEEN, {});
  await expect(kit).toHaveSent(SEEN, { visit: { learner: 7, tags: ['a', 'b'], note: null } });
  await expect(kit).toHaveSent(SEEN, { visit: { counts: { y: 2 }, page: undefined } });
  await expect(kit).not.toHaveSent(UNSENT);
  await expect(kit).not.toHaveSent(SEEN, { visit: { learner: 8 } });
  await expect(kit).not.toHaveSent(SEEN, { visit: { tags: ['a'] } });
  await expect(kit).not.toHaveSent(SEEN, { visit: { tags: ['b', 'a'] } });
});

it('takes what is given as it would be sent, and so what was sent itself', async () => {
  await send();
  await expect(kit).toHaveSent(SEEN, { visit });
  await expect(kit).toHaveSent(SEEN, {
    visit: { learner: 7n, at: new Date('2026-05-06T07:08:09Z'), counts: { x: 1n } },
  });
  const registered = sampleOf(STUDENT_REGISTRATION_COMPLETED, {}, { seed: 5 });
  const { events } = app.get(Sender);
  await events.send(STUDENT_REGISTRATION_COMPLETED, registered, { topic: 'users' });
  await expect(kit).toHaveSent(STUDENT_REGISTRATION_COMPLETED.type, registered);
});

it('takes matchers in place of values, at any depth', async () => {
  await send();
  await expect(kit).toHaveSent(SEEN, {
    visit: {
      learner: expect.any(Number),
      page: expect.stringContaining('om'),
      tags: ['a', expect.anything()],
      counts: expect.objectContaining({ x: 1 }),
      note: null,
    },
  });
  await expect(kit).toHaveSent(SEEN, expect.objectContaining({ visit: expect.anything() }));
  await expect(kit).not.toHaveSent(SEEN, { visit: { page: expect.stringContaining('x') } });
  await expect(kit).not.toHaveSent(SEEN, { visit: { note: expect.anything() } });
});

it('says what the application has sent instead', async () => {
  expect(await failure(expect(kit).toHaveSent(UNSENT))).toBe('The application has sent no event.');
  await send();
  await send();
  expect(await failure(expect(kit).toHaveSent(UNSENT, { n: 1 }))).toBe(
    'The application has sent no event of this type. It has sent:\n' +
      '  org.example.seen.v1 on topic visits (2)',
  );
});

it('says where the nearest event is different', async () => {
  await send({ learner: 1, page: 'about' });
  const wanted = { visit: { learner: 8, page: expect.stringContaining('ome'), nick: 'ada' } };
  const other = await failure(expect(kit).toHaveSent(SEEN, wanted));
  expect(other.replace(ID, 'ID')).toBe(
    'The application has sent one event of this type, with other data (topic visits, id ID):\n' +
      '  visit.learner: expected 8; sent 1\n' +
      '  visit.page: expected StringContaining "ome"; sent "about"\n' +
      '  visit.nick: expected "ada"; no such field was sent',
  );
  await send();
  const nearest = await failure(expect(kit).toHaveSent(SEEN, wanted));
  expect(nearest.replace(ID, 'ID')).toBe(
    'The application has sent 2 events of this type, none with this data. The nearest one (topic visits, id ID):\n' +
      '  visit.learner: expected 8; sent 7\n' +
      '  visit.nick: expected "ada"; no such field was sent',
  );
});

it('says which events there are that should not be', async () => {
  await send();
  const there = await failure(expect(kit).not.toHaveSent(SEEN, { visit: { learner: 7 } }));
  expect(there.replace(ID, 'ID')).toBe(
    'The application has sent 1 such event:\n  on topic visits, id ID',
  );
});

it('rejects what is no kit, and an event that the bus does not know', async () => {
  await expect(expect({ a: { b: 1 } }).toHaveSent(SEEN)).rejects.toThrow(
    'toHaveSent: found { a: [Object] }; expected an EventBusTestKit',
  );
  const unknown = defineEvent({ type: 'org.example.unknown.v1', data: { n: long() } });
  await expect(expect(kit).not.toHaveSent(unknown)).rejects.toThrow(UnknownEventError);
});
