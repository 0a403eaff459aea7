import { Injectable, Logger } from '@nestjs/common';
import { COURSE_TOPIC } from '@example/course-events';
import { OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import type { EventData } from 'nestjs-openedx-event-bus/events';

const COURSE_SEEN = 'org.example.course.seen.v1';

@Injectable()
export class Visits {
  private readonly logger = new Logger(Visits.name);

  // By its type: the compiler knows it, and its data, from the shared package.
  @OnOpenEdxEvent(COURSE_SEEN, { topic: COURSE_TOPIC })
  seen({ visit }: EventData<typeof COURSE_SEEN>): void {
    this.logger.log(`learner ${visit.learner_id} opened ${visit.page} of ${visit.course_key}`);
  }
}
