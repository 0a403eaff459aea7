import { NestFactory } from '@nestjs/core';
import type { AppModule } from '../../sample-app/src/app.module.js';
import { waitUntil } from '../support/wait-until.js';

const COURSE = 'course-v1:edX+DemoX+2024';

/**
 * Enrols a learner over HTTP, and checks that the sample application shows in the end what its handlers
 * learnt from the bus, and that it refuses what is no course key. Resolves with what the enrolment answered.
 */
export async function enrolAndSee(module: typeof AppModule): Promise<unknown> {
  const app = await NestFactory.create(module, { logger: false, abortOnError: false });
  try {
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const enrol = (body: object) =>
      fetch(`${url}/enrolments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const created = await enrol({ learnerId: 7, courseKey: COURSE, mode: 'verified' });
    expect(created.status).toBe(201);
    const answer = await created.json();
    expect((await enrol({ learnerId: 7, courseKey: 'no key' })).status).toBe(400);

    let seen: any;
    const look = async () => (seen = await (await fetch(`${url}/activity`)).json());
    const looking = setInterval(() => void look().catch(() => undefined), 50);
    await waitUntil(() => seen?.latest.length > 0 && seen?.courses[COURSE] > 0, 20_000).finally(
      () => clearInterval(looking),
    );
    expect(await look()).toEqual({
      courses: { [COURSE]: 1 },
      latest: [{ course: COURSE, mode: 'verified' }],
    });
    return answer;
  } finally {
    await app.close();
  }
}
