import { jest } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getEventBusOptionsToken } from 'nestjs-openedx-event-bus';
import {
  COURSE_ENROLLMENT_CREATED,
  STUDENT_REGISTRATION_COMPLETED,
} from 'nestjs-openedx-event-bus/events';
import { memoryTransport } from 'nestjs-openedx-event-bus/memory';
import { EventBusTestKit, eventBusMatchers, sampleOf } from 'nestjs-openedx-event-bus/testing';
import { AppModule } from './app.module.js';
import { Enrolments } from './enrolments.js';

expect.extend(eventBusMatchers);

const registration = sampleOf(STUDENT_REGISTRATION_COMPLETED, {
  user: { id: 7, is_active: true, pii: { username: 'ada' } },
});

describe('Onboarding', () => {
  let app: INestApplicationContext;
  let kit: EventBusTestKit;

  beforeEach(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(getEventBusOptionsToken())
      .useValue({ transport: memoryTransport(), group: 'onboarding', retry: { attempts: 2 } })
      .compile();
    module.useLogger(false);
    app = await module.init();
    kit = EventBusTestKit.of(app, { clock: 'instant' });
  });
  afterEach(() => app.close());

  it('enrols a learner who registers, and sends the enrolment', async () => {
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, registration);
    await expect(kit).toHaveSent(COURSE_ENROLLMENT_CREATED, {
      enrollment: { user: { id: 7, pii: { username: 'ada' } }, mode: 'audit' },
    });
  });

  it('enrols once when the event comes twice', async () => {
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, registration);
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, registration);
    expect(await kit.sent(COURSE_ENROLLMENT_CREATED)).toHaveLength(1);
  });

  it('tries again when the database fails once', async () => {
    const add = jest.spyOn(app.get(Enrolments), 'add').mockRejectedValueOnce(new Error('down'));
    await kit.emit(STUDENT_REGISTRATION_COMPLETED, registration);
    expect(add).toHaveBeenCalledTimes(2);
  });

  it('rejects a learner who is not active, without a second attempt', async () => {
    const add = jest.spyOn(app.get(Enrolments), 'add');
    const inactive = sampleOf(STUDENT_REGISTRATION_COMPLETED, {
      user: { id: 7, is_active: false },
    });
    await expect(kit.emit(STUDENT_REGISTRATION_COMPLETED, inactive)).rejects.toMatchObject({
      cause: { message: 'learner 7 is not active' },
    });
    expect(add).not.toHaveBeenCalled();
    await expect(kit).not.toHaveSent(COURSE_ENROLLMENT_CREATED);
  });
});
