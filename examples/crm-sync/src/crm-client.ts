import { Injectable } from '@nestjs/common';
import { UnrecoverableError } from 'nestjs-openedx-event-bus';

export interface Completion {
  readonly email: string;
  readonly course: string;
  readonly grade: string;
}

@Injectable()
export class CrmClient {
  private readonly url = process.env['CRM_URL'] ?? 'http://localhost:8080';

  /**
   * Stores a completion under the id of the event: storing it again changes nothing. A process that was killed before its
   * event was marked as handled may do so.
   */
  async store(id: string, completion: Completion): Promise<void> {
    const response = await fetch(`${this.url}/completions/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(completion),
      signal: AbortSignal.timeout(5_000),
    });
    if (response.ok) return;
    const message = `The CRM answered ${response.status} to completion ${id}`;
    // The same request would be rejected again: no further attempt is made.
    if (response.status < 500) throw new UnrecoverableError(message);
    throw new Error(message);
  }
}
