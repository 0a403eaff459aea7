import { Injectable } from '@nestjs/common';

/** Stands for the database of the service. */
@Injectable()
export class Enrolments {
  private readonly learners = new Set<number>();

  /** Resolves to false when the learner is enrolled already. */
  add(learner: number): Promise<boolean> {
    const isNew = !this.learners.has(learner);
    this.learners.add(learner);
    return Promise.resolve(isNew);
  }
}
