import { Entity, PrimaryKey, Property } from '@mikro-orm/core';

@Entity()
export class Note {
  @PrimaryKey({ type: 'number' })
  id!: number;

  @Property({ type: 'string' })
  text!: string;
}
