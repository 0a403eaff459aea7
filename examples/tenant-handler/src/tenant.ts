import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { type OpenEdxEventContext, UnrecoverableError } from 'nestjs-openedx-event-bus';
import { CourseKey } from 'nestjs-openedx-event-bus/events';

/** The tenant that an event belongs to: the organisation in its course key, which is the key of the event. */
@Injectable({ scope: Scope.REQUEST })
export class Tenant {
  readonly name: string;

  constructor(@Inject(REQUEST) context: OpenEdxEventContext) {
    const { org } = CourseKey.parts(context.key ?? '');
    // The event fails, as if the handler had thrown this: it must not reach the data of another tenant.
    if (org === null) throw new UnrecoverableError('The course key names no organisation');
    this.name = org;
  }
}
