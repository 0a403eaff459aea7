import { Injectable } from '@nestjs/common';

/** Stands for the CRM of a company. With `FAIL_HANDLER=1` it is unavailable at first. */
@Injectable()
export class Crm {
  isAvailable = process.env['FAIL_HANDLER'] !== '1';
  private readonly contacts = new Set<number>();

  save(learnerId: number): void {
    if (!this.isAvailable) throw new Error('the CRM is unavailable');
    this.contacts.add(learnerId);
  }

  has(learnerId: number): boolean {
    return this.contacts.has(learnerId);
  }
}
