import { systemNow } from '../../common/clocks.js';
import { hostname } from 'node:os';
import { OPENEDX_EVENTS_SOURCELIB } from '../../events/catalog/open-edx-events.js';
import { datetimeFromDate } from '../../events/text/datetime.js';
import type { IncomingRecord } from '../transport.interface.js';

/**
 * What a consumer takes for metadata that a record lacks: its own, as the reference does.
 * Differently from the reference the time is when the broker stored the record, where it is known.
 */
export class MetadataDefaults {
  readonly source: string;
  readonly sourcehost = hostname();
  readonly sourcelib = OPENEDX_EVENTS_SOURCELIB;
  readonly minorversion = 0;

  constructor(serviceName: string | undefined) {
    this.source = `openedx/${serviceName || 'SERVICE_NAME_UNSET'}/web`;
  }

  timeOf({ brokerTime }: IncomingRecord): string {
    return datetimeFromDate(new Date(brokerTime ?? systemNow())) ?? datetimeFromDate(new Date())!;
  }
}
