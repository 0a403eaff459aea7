import { Injectable } from '@nestjs/common';

/** Stands for the connection pools: one database for each tenant. */
@Injectable()
export class TenantDatabases {
  private readonly enrolments = new Map<string, number>();

  addEnrolment(tenant: string): number {
    const count = (this.enrolments.get(tenant) ?? 0) + 1;
    this.enrolments.set(tenant, count);
    return count;
  }
}
