import { defineEvent, string } from 'nestjs-openedx-event-bus/schema';

export const NOTED = defineEvent({ type: 'org.example.app.noted.v1', data: { note: string() } });
