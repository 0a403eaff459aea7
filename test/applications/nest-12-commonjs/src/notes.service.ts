import { Injectable } from '@nestjs/common';
import { EventBusProducer, type EventData, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { NOTED } from './noted';

const topic = process.env['APP_TOPIC'] ?? 'notes';

@Injectable()
export class NotesService {
  readonly handled: string[] = [];

  constructor(private readonly events: EventBusProducer) {}

  async send(note: string): Promise<void> {
    await this.events.send(NOTED, { note }, { topic });
  }

  @OnOpenEdxEvent(NOTED, { topic })
  take({ note }: EventData<typeof NOTED>): void {
    this.handled.push(note);
  }
}
