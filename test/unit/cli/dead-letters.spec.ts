import { Injectable, Module } from '@nestjs/common';
import { ApplicationHost } from '../../../lib/cli/application-host.js';
import type { CommandIo } from '../../../lib/cli/cli-io.js';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { memoryTransport, MemoryBroker } from '../../../lib/transport/memory/index.js';
import { cli, type CliRun, type CliRunOptions } from '../../support/cli.js';
import { COUNTED } from '../../nest/support/bus-application.js';

const LETTERS = 'counted-tests-dlq';
const PLACE = ['-t', 'counted', '-g', 'tests'];
const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/;

let broker: MemoryBroker;
let failing: boolean;
/** Of the bus; the handler has its own. */
let onFailure: 'log' | 'deadLetter';
let handled: number[];

@Injectable()
class Counting {
  @OnOpenEdxEvent(COUNTED, { topic: 'counted', id: 'crm.sync', onFailure: 'deadLetter' })
  count({ n }: { n: number }): void {
    handled.push(n);
    if (failing) throw new Error('the CRM is down');
  }
}

@Module({})
class App {}

const application = (io: CommandIo) =>
  new ApplicationHost(
    {
      module: App,
      imports: [
        EventBusModule.forRoot({
          transport: memoryTransport({ broker }),
          group: 'tests',
          events: [COUNTED],
          retry: { attempts: 1 },
          onFailure,
        }),
      ],
      providers: [Counting],
    },
    io,
  );

/** Inside the application. */
const inApp = (argv: string[], more: CliRunOptions = {}) =>
  cli(argv, { ...more, host: application });
const letters = (...argv: string[]) => inApp(['dead-letters', ...argv]);
/** Without an application, by the settings alone. */
const bare = (...argv: string[]) =>
  cli(['dead-letters', ...argv], { transport: memoryTransport({ broker }) });

/** Events with n = 1, 2, …, which all become dead letters. */
async function kept(count: number): Promise<string[]> {
  const lines = Array.from({ length: count }, (_, n) => JSON.stringify({ n: n + 1 })).join('\n');
  await inApp(['produce-event', '--type', COUNTED.type, '--topic', 'counted', '--data', '-'], {
    stdin: lines,
  });
  const { answers } = await inApp([
    ...['consume-events', ...PLACE, '--max', String(count), '--timeout', '20'],
  ]);
  expect(answers).toHaveLength(count);
  handled = [];
  return (await letters('list')).answers.map(({ id }) => id);
}

const resultsOf = ({ answers }: CliRun): unknown[] =>
  answers.filter(({ result }) => result).map(({ result }) => result);

beforeEach(() => {
  broker = new MemoryBroker();
  failing = true;
  onFailure = 'log';
  handled = [];
});

describe('dead-letters list', () => {
  it('prints each open letter as a JSON line, the data only with --data', async () => {
    await kept(2);
    const { code, answers, log } = await letters('list');
    expect([code, log.match(/WARNING|ERROR/)]).toEqual([0, null]);
    expect(answers).toHaveLength(2);
    expect(answers[0]).toEqual({
      id: expect.stringMatching(UUID),
      topic: 'counted',
      group: 'tests',
      event_type: COUNTED.type,
      event_id: expect.stringMatching(UUID),
      code: 'HANDLERS_FAILED',
      message: 'crm.sync: the CRM is down',
      handlers: ['crm.sync'],
      redrives: 0,
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      position: '0:0',
    });
    const withData = await letters('list', '--data', '--limit', '1');
    expect(withData.answers).toEqual([{ ...answers[0], data: { n: 1 } }]);
  });

  it('takes every condition, and says where nothing matches', async () => {
    const [first] = await kept(2);
    for (const condition of [
      [...['--topic', 'counted', '--group', 'tests', '--handler', 'crm.sync']],
      ['--code', 'HANDLERS_FAILED', '--event-type', COUNTED.type],
      ['--since', '2020-01-01T00:00:00Z', '--until', '2286-11-20T00:00:00Z'],
    ])
      expect((await letters('list', ...condition)).answers).toHaveLength(2);
    expect((await letters('list', '--id', `${first}, unknown`)).answers).toHaveLength(1);
    for (const condition of [
      ['--handler', 'mail.send'],
      ['--code', 'UNUSABLE_RECORD'],
      ['--since', '2286-11-20T00:00:00Z'],
      ['--until', '2020-01-01T00:00:00Z'],
    ]) {
      const { code, answers, log } = await letters('list', ...condition);
      expect([code, answers]).toEqual([0, []]);
      expect(log).toContain('No open dead letter matches.');
    }
    const misspelt = await letters('list', '--event-type', COUNTED.type.replace('count', 'coun'));
    expect([misspelt.code, misspelt.answers]).toEqual([0, []]);
    expect(misspelt.log).toContain(`Did you mean ${COUNTED.type}?`);
    const unread = await letters('list', '--topic', 'other');
    expect(unread.code).toBe(2);
    expect(unread.log).toContain('topic other, for which this application has no handler');
  });
});

describe('dead-letters show', () => {
  it('prints everything that a letter says, and the data only with --data', async () => {
    const [, second] = await kept(2);
    const { code, answers } = await letters('show', second!);
    expect(code).toBe(0);
    expect(answers).toEqual([
      {
        id: second,
        topic: 'counted',
        group: 'tests',
        event_type: COUNTED.type,
        code: 'HANDLERS_FAILED',
        message: 'crm.sync: the CRM is down',
        handlers: [{ id: 'crm.sync', error: 'Error', message: 'the CRM is down' }],
        redrives: 0,
        delivery_count: 1,
        first_time: expect.any(String),
        last_time: expect.any(String),
        original_time: expect.any(String),
        original: { topic: 'counted', position: '0:1' },
        letter: { topic: LETTERS, position: '0:1' },
        metadata: expect.objectContaining({ event_type: COUNTED.type, sourcelib: [11, 2, 0] }),
      },
    ]);
    const whole = await letters('show', '--id', second!, '--data');
    expect(whole.answers).toEqual([{ ...answers[0], data: { n: 2 } }]);
  });

  it('of a record that cannot be decoded prints its bytes and why', async () => {
    onFailure = 'deadLetter';
    broker.topic('counted').append({
      topic: 'counted',
      key: null,
      value: Buffer.from('00ff', 'hex'),
      attributes: [['no', Buffer.from('event')]],
    });
    await inApp(['consume-events', ...PLACE, '--max', '1', '--timeout', '20']);
    const [listed] = (await letters('list', '--data')).answers;
    expect(listed).toMatchObject({
      code: 'UNUSABLE_RECORD',
      handlers: [],
      data_error: { code: 'UNUSABLE_RECORD' },
      value: { $bytes: '00ff' },
    });
    expect(listed).not.toHaveProperty('event_type');
    const { code, answers } = await letters('show', listed.id, '--data');
    expect(code).toBe(0);
    expect(answers).toMatchObject([{ code: 'UNUSABLE_RECORD', value: { $bytes: '00ff' } }]);
    expect(answers[0]).not.toHaveProperty('metadata');
  });

  it('says where there is no such letter', async () => {
    await kept(1);
    const { code, answers, log } = await letters('show', '00000000-0000-5000-8000-000000000000');
    expect([code, answers]).toEqual([1, []]);
    expect(log).toContain('No open dead letter has this id.');
  });
});

describe('dead-letters redrive', () => {
  it('gives letters to the handlers that failed, closes them, and the history says who', async () => {
    const ids = await kept(3);
    failing = false;
    const { code, answers } = await letters(
      ...['redrive', '--handler', 'crm.sync', '--limit', '2', '--by', 'ada'],
    );
    expect(code).toBe(0);
    expect(handled).toEqual([1, 2]);
    expect(answers).toEqual([
      expect.objectContaining({ id: ids[0], position: '0:0', result: 'handled' }),
      expect.objectContaining({ id: ids[1], position: '0:1', result: 'handled' }),
      { redrive: { handled: 2, skipped: 0, sent: 0, failedAgain: 0, kept: 0, reserved: 0 } },
    ]);
    expect((await letters('list')).answers.map(({ id }) => id)).toEqual([ids[2]]);
    const history = await letters('history', '-t', 'counted');
    expect(history.code).toBe(0);
    expect(history.answers).toEqual(
      [0, 1].map((n) => ({
        id: ids[n],
        action: 'redriven',
        by: 'ada',
        time: expect.any(String),
        letter: { topic: LETTERS, position: `0:${n}` },
      })),
    );
  });

  it('of one that fails again says why, and ends with 1', async () => {
    const [id] = await kept(1);
    const { code, answers } = await letters('redrive', id!);
    expect(code).toBe(1);
    expect(answers).toEqual([
      expect.objectContaining({
        id,
        result: 'failedAgain',
        error: { code: 'HANDLERS_FAILED', message: expect.stringContaining('crm.sync') },
      }),
      { redrive: { handled: 0, skipped: 0, sent: 0, failedAgain: 1, kept: 0, reserved: 0 } },
    ]);
    expect((await letters('list')).answers).toMatchObject([{ id, redrives: 1 }]);
  });

  it('as a dry run changes nothing', async () => {
    await kept(2);
    const { code, answers } = await letters('redrive', '-t', 'counted', '--dry-run');
    expect([code, handled]).toEqual([0, []]);
    expect(answers.map(({ result }) => result)).toEqual(['selected', 'selected', undefined]);
    expect(answers[2]).toEqual({ redrive: { selected: 2 }, dry_run: true });
    expect((await letters('list')).answers).toHaveLength(2);
  });

  it('sends records to their topic only when asked, also without an application', async () => {
    await kept(1);
    const { code, answers } = await bare('redrive', ...PLACE, '--to', 'topic');
    expect(code).toBe(0);
    expect(answers[1]).toEqual({
      redrive: { handled: 0, skipped: 0, sent: 1, failedAgain: 0, kept: 0, reserved: 0 },
    });
    expect(handled).toEqual([]);
    expect(broker.topic('counted').partitions[0]!.end).toBe(2);
  });

  it('ends after the letter at hand when it is told to stop', async () => {
    await kept(3);
    failing = false;
    const run = await inApp(['dead-letters', 'redrive', '-t', 'counted', '--rate', '0.5'], {
      onOutput: (out, stop) => {
        if (out.includes('handled')) stop();
      },
    });
    expect(run.code).toBe(1);
    expect(handled).toEqual([1]);
    expect(run.answers.at(-1)).toMatchObject({ redrive: { handled: 1 } });
    expect((await letters('list')).answers).toHaveLength(2);
  });
});

describe('dead-letters discard', () => {
  it('closes letters with a reason', async () => {
    const ids = await kept(2);
    const { code, answers } = await letters('discard', ids[0]!, '--reason', 'test data');
    expect(code).toBe(0);
    expect(answers).toEqual([
      expect.objectContaining({ id: ids[0], result: 'discarded' }),
      { discard: { discarded: 1, reserved: 0 } },
    ]);
    expect((await letters('list')).answers.map(({ id }) => id)).toEqual([ids[1]]);
    expect((await letters('history')).answers).toMatchObject([
      { id: ids[0], action: 'discarded', reason: 'test data', by: expect.stringContaining('@') },
    ]);
  });

  it('as a dry run changes nothing', async () => {
    await kept(1);
    const { answers } = await letters('discard', '-t', 'counted', '--reason', 'r', '--dry-run');
    expect(answers.at(-1)).toEqual({ discard: { selected: 1 }, dry_run: true });
    expect((await letters('list')).answers).toHaveLength(1);
  });
});

describe('outside an application', () => {
  it('lists, shows, discards and tells the history of one topic and group', async () => {
    const [id] = await kept(2);
    expect((await bare('list', ...PLACE)).answers).toHaveLength(2);
    const shown = await bare('show', id!, ...PLACE, '--data');
    expect(shown.answers).toMatchObject([
      // The event is one of the application.
      {
        id,
        event_type: COUNTED.type,
        data_error: { code: 'UNKNOWN_EVENT' },
        value: { $bytes: '02' },
      },
    ]);
    expect((await bare('discard', ...PLACE, '--id', id!, '--reason', 'r')).code).toBe(0);
    expect((await bare('history', ...PLACE)).answers).toMatchObject([{ id, action: 'discarded' }]);
    expect((await bare('list', ...PLACE)).answers).toHaveLength(1);
  });
});

it.each([
  [
    ['lst'],
    'Unknown action. The actions are list, show, redrive, discard, history. Did you mean list?',
  ],
  [['redrive'], '"dead-letters redrive" needs at least one condition'],
  [['discard', '--reason', 'r', '--limit', '5'], 'Without one it would discard every dead letter'],
  [['discard', '-t', 'counted'], '--reason is required'],
  [['show'], 'needs the id of one letter'],
  [['show', 'a,b'], 'needs the id of one letter'],
  [['list', 'a', '--id', 'b'], 'not both'],
  [['list', '--rate', '5'], '"dead-letters list" does not take --rate.'],
  [['history', '--code', 'HANDLERS_FAILED'], '"dead-letters history" does not take --code.'],
  [['redrive', '-t', 'counted', '--to', 'topics'], 'handlers or topic. Did you mean topic?'],
  [['redrive', '-t', 'counted', '--rate', '0'], '--rate must be a number > 0'],
  [['list', '--since', 'yesterday'], '--since must be a time with its UTC offset'],
  [['list', '--limit', '0'], '--limit must be an integer >= 1.'],
  [['list', '--group', ''], '--group must not be empty.'],
])('dead-letters %j is a usage error that says what is wrong', async (argv, text) => {
  const { code, out, log } = await letters(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(log).toContain(text);
});

it('outside an application a topic and a group are required', async () => {
  const { code, log } = await bare('list', '-t', 'counted');
  expect(code).toBe(2);
  expect(log).toContain('--topic and --group are required');
});

it('consume-events in an application keeps the failures of a handler as the handler says', async () => {
  await kept(1);
  expect(resultsOf(await letters('redrive', '-t', 'counted'))).toEqual(['failedAgain']);
  expect(broker.topic(LETTERS).partitions[0]!.end).toBe(2);
});
