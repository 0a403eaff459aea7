import { type EventBusProducer, type EventInput, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { CERTIFICATE_CREATED } from 'nestjs-openedx-event-bus/events';

declare const producer: EventBusProducer;
declare const login: EventInput<'org.openedx.learning.auth.session.login.completed.v1'>;

void producer.send('org.openedx.learning.auth.session.login.completed.v1', login);

// refused TS2345: not assignable to parameter of type 'KnownEvent'
void producer.send('org.openedx.learning.auth.session.login.complete.v1', login);

export class Handlers {
  @OnOpenEdxEvent('org.openedx.learning.certificate.created.v1')
  byType(): void {}

  @OnOpenEdxEvent(CERTIFICATE_CREATED)
  byDefinition(): void {}

  @OnOpenEdxEvent('org.openedx.learning.*')
  @OnOpenEdxEvent('*')
  byWildcard(): void {}

  // refused TS2345: '"org.openedx.learning.certificate.create.v1"' is not assignable
  @OnOpenEdxEvent('org.openedx.learning.certificate.create.v1')
  byWrongType(): void {}

  // refused TS2820: Did you mean '"org.openedx.learning.certificate.created.v1"'?
  @OnOpenEdxEvent([CERTIFICATE_CREATED, 'org.openedx.learning.certificate.create.v1'])
  byListWithWrongType(): void {}
}
