import { CreateRequestContext, EntityManager, MikroORM, RequestContext } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { EventBusProducer, type EventData, OnOpenEdxEvent } from 'nestjs-openedx-event-bus';
import { Note } from './note.entity';
import { NOTED } from './noted';

const topic = process.env['APP_TOPIC'] ?? 'notes';

@Injectable()
export class NotesService {
  readonly handled: string[] = [];

  constructor(
    private readonly orm: MikroORM,
    private readonly em: EntityManager,
    private readonly events: EventBusProducer,
  ) {}

  async send(note: string): Promise<void> {
    await this.orm.schema.createSchema();
    await this.events.send(NOTED, { note }, { topic });
  }

  // It replaces the method by another one.
  @CreateRequestContext()
  @OnOpenEdxEvent(NOTED, { topic })
  async take({ note }: EventData<typeof NOTED>): Promise<void> {
    const isOwn = RequestContext.getEntityManager() !== undefined;
    await this.em.persistAndFlush(this.em.create(Note, { text: note }));
    const rows = await this.em.count(Note);
    this.handled.push(`${note}: ${rows} row, ${isOwn ? 'own' : 'no'} context`);
  }
}
