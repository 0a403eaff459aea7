import { Injectable, Module } from '@nestjs/common';
import { ApplicationHost } from '../../../lib/cli/application-host.js';
import type { OpenEdxEventContext } from '../../../lib/consuming/handlers/event-context.js';
import { OnOpenEdxEvent } from '../../../lib/decorators/on-open-edx-event.decorator.js';
import { EventBusModule } from '../../../lib/event-bus.module.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { string } from '../../../lib/events/fields.js';
import { MemoryBroker, memoryTransport } from '../../../lib/transport/memory/index.js';
import { cli } from '../../support/cli.js';

const NOTE = defineEvent({ type: 'org.example.note.taken.v1', data: { text: string() } });
const OTHER = defineEvent({ type: 'org.example.other.v1', data: { text: string() } });

let handled: string[];
let broker: MemoryBroker;

@Injectable()
class Notes {
  @OnOpenEdxEvent(NOTE, { topic: 'notes' })
  onNote(data: { text: string }, context: OpenEdxEventContext) {
    handled.push(`${context.group}:${data.text}`);
    if (data.text === 'bad') throw new Error('refused by the handler');
  }

  @OnOpenEdxEvent(NOTE, { topic: 'notes', group: 'elsewhere' })
  onNoteElsewhere(data: { text: string }) {
    handled.push(`elsewhere only:${data.text}`);
  }
}

@Module({})
class App {}

const run = (argv: string[], stdin = '') =>
  cli(argv, {
    stdin,
    host: (io) =>
      new ApplicationHost(
        {
          module: App,
          imports: [
            EventBusModule.forRoot({
              transport: memoryTransport({ broker }),
              group: 'notes-service',
              events: [NOTE, OTHER],
              retry: { attempts: 1 },
            }),
          ],
          providers: [Notes],
        },
        io,
      ),
  });
const produce = (event: { type: string }, ...texts: string[]) =>
  run(
    ['produce-event', '--type', event.type, '--topic', 'notes', '--data', '-'],
    texts.map((text) => JSON.stringify({ text })).join('\n'),
  );
const consume = (group: string, ...more: string[]) =>
  run(['consume-events', '-t', 'notes', '-g', group, '--timeout', '4', ...more]);

beforeEach(() => {
  handled = [];
  broker = new MemoryBroker();
});

describe('inside an application', () => {
  it('produces events of its own; its handlers do not run meanwhile', async () => {
    const { code, answers } = await produce(NOTE, 'a', 'b');
    expect(code).toBe(0);
    expect(answers.map((a) => a.position)).toEqual(['0:0', '0:1']);
    expect(handled).toEqual([]);
  });

  it('C-03: consume-events runs its handlers under the group named, and says how each record ended', async () => {
    await produce(NOTE, 'a', 'bad');
    await produce(OTHER, 'x');
    const { code, answers } = await consume('cli-group', '--max', '3');
    expect(code).toBe(0);
    expect(handled).toEqual(['cli-group:a', 'cli-group:bad']);
    expect(answers).toMatchObject([
      { event_type: NOTE.type, topic: 'notes', position: '0:0', result: 'handled' },
      { error: { code: 'HANDLERS_FAILED', position: '0:1', event_type: NOTE.type } },
      { event_type: OTHER.type, position: '0:2', result: 'noHandler' },
    ]);
    expect(JSON.stringify(answers)).not.toContain('"text"');
  });

  it('runs the handlers of an explicit group for that group, with those of the default group', async () => {
    await produce(NOTE, 'a');
    await consume('elsewhere', '--max', '1');
    expect(handled.sort()).toEqual(['elsewhere only:a', 'elsewhere:a']);
  });

  it('ends with 2 and names the handlers when none is for the topic', async () => {
    const { code, log } = await run(['consume-events', '-t', 'nothing', '-g', 'g']);
    expect(code).toBe(2);
    expect(log).toContain('notes in notes-service');
  });

  it('encodes its own events', async () => {
    const line = JSON.stringify({ event_type: NOTE.type, data: { text: 'a' } });
    expect((await run(['encode'], line)).answers).toEqual([{ hex: '0261' }]);
  });
});
