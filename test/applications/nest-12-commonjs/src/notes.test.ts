import { Test } from '@nestjs/testing';
import { getEventBusOptionsToken } from 'nestjs-openedx-event-bus';
import { memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { EventBusTestKit, eventBusMatchers, sampleOf } from 'nestjs-openedx-event-bus/testing';
import { AppModule } from './app.module';
import { NOTED } from './noted';
import { NotesService } from './notes.service';

expect.extend(eventBusMatchers);

it('handles what it sends', async () => {
  const moduleRef = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getEventBusOptionsToken())
    .useValue({ transport: memoryTransport(), group: 'notes', events: [NOTED] })
    .compile();
  const app = moduleRef.createNestApplication({ logger: false });
  await app.init();
  const kit = EventBusTestKit.of(app);
  await kit.emit(NOTED, { note: 'tested' }, { topic: 'notes' });
  expect(app.get(NotesService).handled).toEqual(['tested']);
  await expect(kit).not.toHaveSent(NOTED);
  await app.get(NotesService).send('sent');
  await expect(kit).toHaveSent(NOTED, { note: expect.stringContaining('sen') });
  await expect(expect(kit).toHaveSent(NOTED, sampleOf(NOTED))).rejects.toThrow(
    /note: expected "note \d+"; sent "sent"/,
  );
  await app.close();
});
