import { Injectable, Logger } from '@nestjs/common';
import { type EventData, OnOpenEdxEvent, type OpenEdxEventContext } from 'nestjs-openedx-event-bus';
import { COURSE_ENROLLMENT_CREATED } from 'nestjs-openedx-event-bus/events';
import { ENROLMENT_TOPIC } from '../enrolments/enrolment-topic.js';
import { Crm } from './crm.js';

/** The id of the handler: dead letters name it, so it stays the same when the class is renamed. */
export const CRM_SYNC = 'crm.sync';

/** Saves each learner who enrols in the CRM. */
@Injectable()
export class CrmSync {
  private readonly logger = new Logger(CrmSync.name);

  constructor(private readonly crm: Crm) {}

  @OnOpenEdxEvent(COURSE_ENROLLMENT_CREATED, { topic: ENROLMENT_TOPIC, id: CRM_SYNC })
  enrolled(
    { enrollment }: EventData<typeof COURSE_ENROLLMENT_CREATED>,
    { attempt }: OpenEdxEventContext,
  ): void {
    const { id } = enrollment.user;
    this.logger.log(`Attempt ${attempt}: saving learner ${id} in the CRM`);
    this.crm.save(Number(id));
    this.logger.log(`Learner ${id} is saved in the CRM`);
  }
}
