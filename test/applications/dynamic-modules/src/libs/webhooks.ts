import { type DynamicModule, Inject, Injectable, Module } from '@nestjs/common';
import { EventBusModule, type EventData, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { NOTED } from './noted.js';

const TARGET = 'WEBHOOK_TARGET';

/** What the targets were told. */
export const told: string[] = [];

@Injectable()
class Webhook {
  constructor(@Inject(TARGET) private readonly target: string) {}

  @OnOpenEdxEvent(NOTED, { topic: process.env['APP_TOPIC']! })
  take({ note }: EventData<typeof NOTED>): void {
    told.push(`${this.target}: ${note}`);
    told.sort();
  }
}

/** A library of the monorepo: one instance for each target. */
@Module({})
export class WebhookModule {
  static register(target: string): DynamicModule {
    return {
      module: WebhookModule,
      imports: [EventBusModule.forFeature([NOTED])],
      providers: [Webhook, { provide: TARGET, useValue: target }],
    };
  }
}
