import { AppModule } from '../../sample-app/src/app.module.js';
import { enrolAndSee } from './enrolling.js';

describe('the sample application', () => {
  it('enrols a learner over HTTP and shows what its handlers learnt from the bus', async () => {
    expect(await enrolAndSee(AppModule)).toMatchObject({
      type: 'org.openedx.learning.course.enrollment.created.v1',
      receipts: [{ topic: 'course-enrollments', position: { offset: '0' } }],
    });
  });
});
