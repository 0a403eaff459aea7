import { Ctx, Payload } from '@nestjs/microservices';
import {
  type EventData,
  EventMeta,
  type EventMetadata,
  OnOpenEdxEvent,
  OpenEdxEventContext,
} from 'nestjs-openedx-event-bus';
import {
  CERTIFICATE_CREATED,
  COURSE_ENROLLMENT_CREATED,
  CourseKey,
  type CourseEnrollmentData,
  SESSION_LOGIN_COMPLETED,
} from 'nestjs-openedx-event-bus/events';
import type { Observable } from 'rxjs';

type Enrolled = EventData<typeof COURSE_ENROLLMENT_CREATED>;
type LoggedIn = EventData<'org.openedx.learning.auth.session.login.completed.v1'>;

class EnrollmentDto {
  mode = '';
}

export class Accepted {
  @OnOpenEdxEvent('org.openedx.learning.course.enrollment.created.v1')
  async dataAndContext(data: Enrolled, context: OpenEdxEventContext): Promise<string> {
    const key: CourseKey = data.enrollment.course.course_key;
    const start: string | null = data.enrollment.course.start;
    return `${key} ${start} ${context.metadata.id}`;
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  nothing(): void {}

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  partOfTheData(data: { enrollment: { user: { id: number } } }): void {
    void data;
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  oneField(
    @Payload('enrollment') enrollment: CourseEnrollmentData,
    @EventMeta() metadata: EventMetadata,
  ): void {
    void [enrollment, metadata];
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  anyOrder(@Ctx() context: OpenEdxEventContext, @Payload() data: Enrolled): void {
    void [context, data];
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  private observable(data: Enrolled): Observable<void> {
    throw data;
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  untyped(data: unknown, context: any): void {
    void [data, context];
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  @OnOpenEdxEvent(SESSION_LOGIN_COMPLETED)
  twoDecorators(data: Enrolled | LoggedIn): void {
    void data;
  }

  @OnOpenEdxEvent([COURSE_ENROLLMENT_CREATED, SESSION_LOGIN_COMPLETED])
  list(data: Enrolled | LoggedIn): void {
    if ('user' in data) void data.user.pii.email;
    else void data.enrollment.mode;
  }

  @OnOpenEdxEvent('org.openedx.learning.*')
  wildcard(data: Enrolled): void {
    void data;
  }

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  rest(data?: Enrolled, ...more: unknown[]): void {
    void [data, more];
  }

  @OnOpenEdxEvent<any>(COURSE_ENROLLMENT_CREATED)
  filledByAPipe(@Payload('enrollment') data: EnrollmentDto): void {
    void data;
  }
}

export class Refused {
  // refused TS1241: Property 'user' is missing in type 'CourseEnrollmentCreated'
  @OnOpenEdxEvent('org.openedx.learning.course.enrollment.created.v1')
  dataOfAnotherEvent(data: LoggedIn): void {
    void data;
  }

  // refused TS1241: The types of 'enrollment.mode' are incompatible
  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  wrongField(data: { enrollment: { mode: number } }): void {
    void data;
  }

  // refused TS1241: Type 'CourseEnrollmentCreated' is not assignable to type 'string'
  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  text(data: string): void {
    void data;
  }

  // refused TS1241: Type 'OpenEdxEventContext' is not assignable to type 'number'
  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  wrongContext(data: Enrolled, context: number): void {
    void [data, context];
  }

  // refused TS1241: Property 'mode' is missing in type 'CourseEnrollmentCreated'
  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  dtoWithoutAny(@Payload('enrollment') data: EnrollmentDto, extra: { foo: 1 }): void {
    void [data, extra];
  }

  // refused TS1241: Property 'enrollment' is missing in type 'CertificateCreated'
  @OnOpenEdxEvent([COURSE_ENROLLMENT_CREATED, CERTIFICATE_CREATED])
  oneOfTwo(data: Enrolled): void {
    void data;
  }

  // refused TS1240: property decorator
  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED)
  property = 1;
}
