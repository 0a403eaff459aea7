import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../sample-app/src/app.module.js';
import { waitUntil } from '../support/wait-until.js';

describe('the sample application', () => {
  it('enrols a learner over HTTP and shows what its handlers learnt from the bus', async () => {
    const app = await NestFactory.create(AppModule, { logger: false });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const enrol = (body: object) =>
      fetch(`${url}/enrolments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const activity = async () => (await fetch(`${url}/activity`)).json() as Promise<any>;

    const course = 'course-v1:edX+DemoX+2024';
    const created = await enrol({ learnerId: 7, courseKey: course, mode: 'verified' });
    expect(created.status).toBe(201);
    expect(await created.json()).toMatchObject({
      type: 'org.openedx.learning.course.enrollment.created.v1',
      receipts: [{ topic: 'course-enrollments', position: { offset: '0' } }],
    });
    expect((await enrol({ learnerId: 7, courseKey: 'no key' })).status).toBe(400);

    let seen: any;
    const looking = setInterval(() => void activity().then((now) => (seen = now)), 10);
    await waitUntil(() => seen?.latest.length > 0 && seen?.courses[course] > 0);
    clearInterval(looking);
    expect(await activity()).toEqual({
      courses: { [course]: 1 },
      latest: [{ course, mode: 'verified' }],
    });
    await app.close();
  });
});
