import { jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getEventBusOptionsToken } from 'nestjs-openedx-event-bus';
import {
  COURSE_ENROLLMENT_CREATED,
  STUDENT_REGISTRATION_COMPLETED,
} from 'nestjs-openedx-event-bus/events';
import { memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { EventBusTestKit } from 'nestjs-openedx-event-bus/testing';
import { AppModule } from './app.module.js';
import { Enrolments } from './enrolments.js';

const ada = {
  id: 7,
  is_active: true,
  pii: { username: 'ada', email: 'ada@example.org', name: 'Ada Lovelace' },
};

describe('Onboarding', () => {
  let app: INestApplicationContext;
  let kit: EventBusTestKit;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(getEventBusOptionsToken())
      .useValue({
        transport: memoryTransport(),
        group: 'onboarding',
        retry: { attempts: 2, delayMs: 1 },
      })
      .compile();
    module.useLogger(false);
    app = await module.init();
    kit = EventBusTestKit.of(app);
  });
  afterEach(() => app.close());

  it('enrols a learner who registers, and sends the enrolment', async () => {
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, { user: ada });
    const [sent] = await kit.sent(COURSE_ENROLLMENT_CREATED);
    expect(sent?.topic).toBe('enrolments');
    expect(sent?.data.enrollment.user.id).toBe(7);
  });

  it('enrols once when the event comes twice', async () => {
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, { user: ada });
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, { user: ada });
    expect(await kit.sent(COURSE_ENROLLMENT_CREATED)).toHaveLength(1);
  });

  it('tries again when the database fails once', async () => {
    const add = jest.spyOn(app.get(Enrolments), 'add').mockRejectedValueOnce(new Error('down'));
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, { user: ada });
    expect(add).toHaveBeenCalledTimes(2);
  });

  it('rejects a learner who is not active, without a second attempt', async () => {
    const add = jest.spyOn(app.get(Enrolments), 'add');
    const user = { ...ada, is_active: false };
    await expect(kit.emit(STUDENT_REGISTRATION_COMPLETED, { user })).rejects.toMatchObject({
      cause: { message: 'learner 7 is not active' },
    });
    expect(add).not.toHaveBeenCalled();
  });
});
