import { Module } from '@nestjs/common';
import { EventBusModule } from 'nestjs-openedx-event-bus';
import { PLATFORM_TOPICS } from 'nestjs-openedx-event-bus/events';
import { CertificateIssuer } from './certificate-issuer.js';

@Module({
  imports: [
    // Brokers and schema registry come from the environment: EVENT_BUS_TRANSPORT and EVENT_BUS_KAFKA_….
    EventBusModule.forRoot({
      group: 'certificate-issuer',
      serviceName: 'certificate-issuer',
      // Each event travels on the topic, and with the key, that Open edX uses by default.
      producerConfig: PLATFORM_TOPICS,
    }),
  ],
  providers: [CertificateIssuer],
})
export class AppModule {}
