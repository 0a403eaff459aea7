import { Inject, Injectable, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import type { OpenEdxEventContext } from 'nestjs-openedx-event-bus';
import { CourseKey } from 'nestjs-openedx-event-bus/events';

/** The tenant that an event belongs to: the organisation in its course key, which is the key of the event. */
@Injectable({ scope: Scope.REQUEST })
export class Tenant {
  readonly name: string;

  constructor(@Inject(REQUEST) context: OpenEdxEventContext) {
    this.name = CourseKey.parts(context.key ?? '').org ?? 'unknown';
  }
}
