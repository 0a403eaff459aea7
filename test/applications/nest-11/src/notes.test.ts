import { Test } from '@nestjs/testing';
import { getEventBusOptionsToken } from 'nestjs-openedx-event-bus';
import { memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { EventBusTestKit } from 'nestjs-openedx-event-bus/testing';
import { AppModule } from './app.module';
import { NOTED } from './noted';
import { NotesService } from './notes.service';

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
  await app.close();
});
