import { traits } from '../../support/transport-traits.js';
import { type AuditedRecord, AuditLog } from '../../../lib/observability/audit-log.js';

const record = {
  topic: 'prod-certificates',
  partition: '3',
  offset: '17',
  messageId: 'c0a8a3f2-0000-1000-8000-000000000001',
  timestampMs: 1_700_000_000_123,
};

const fields = { group: 'g', ...{ eventType: 't', eventId: record.messageId }, attempt: 1 };
const about = (audited: AuditedRecord) => ({ audited, fields });

function linesOf(name: keyof typeof traits, enabled = true): string[] {
  const lines: string[] = [];
  const audit = new AuditLog(enabled, { log: (line) => lines.push(line) }, traits[name]);
  audit.received(about(record));
  audit.processed({ fields });
  return lines;
}

describe('audit log of the consuming side', () => {
  it('has the words of the reference for Redis', () => {
    expect(linesOf('redis')).toEqual([
      'Message received from Redis: topic=prod-certificates, message_id=c0a8a3f2-0000-1000-8000-000000000001, redis_msg_id=17, event_timestamp_ms=1700000000123',
      'Message from Redis processed successfully',
    ]);
  });

  it('has the words of the reference for Kafka, without the key', () => {
    expect(linesOf('kafka')).toEqual([
      'Message received from Kafka: topic=prod-certificates, partition=3, offset=17, message_id=c0a8a3f2-0000-1000-8000-000000000001, event_timestamp_ms=1700000000123',
      'Message from Kafka processed successfully',
    ]);
  });

  it('names any other transport by its name', () => {
    expect(linesOf('memory')[1]).toBe('Message from memory processed successfully');
  });

  it('says none for a time that nobody knows', () => {
    const lines: string[] = [];
    const audit = new AuditLog(true, { log: (line) => lines.push(line) }, traits.redis);
    audit.received(about({ ...record, timestampMs: undefined }));
    expect(lines[0]).toContain('event_timestamp_ms=none');
  });

  it('keeps a line one line, whatever a broker calls a place', () => {
    const lines: string[] = [];
    const audit = new AuditLog(true, { log: (line) => lines.push(line) }, traits.redis);
    audit.received(about({ ...record, offset: '17\n2026-01-01 ERROR forged\u001b[31m' }));
    audit.received(about({ ...record, topic: 't'.repeat(1_000_000) }));
    expect(lines[0]).toContain('redis_msg_id=17\\n2026-01-01 ERROR forged\\u001b[31m, event_');
    expect(lines[1]!.length).toBeLessThan(1_200);
  });

  it('is silent when switched off', () => {
    expect(linesOf('redis', false)).toEqual([]);
  });

  it('gives both lines the fields of the record', () => {
    const given: unknown[] = [];
    const logger = { log: (_: string, of?: object) => void given.push(of) };
    const audit = new AuditLog(true, logger, traits.redis);
    audit.received(about(record));
    audit.processed({ fields });
    expect(given).toEqual([fields, fields]);
  });

  it('makes no fields for a logger that takes none', () => {
    const given: unknown[] = [];
    const logger = { takesFields: false, log: (_: string, of?: object) => void given.push(of) };
    const audit = new AuditLog(true, logger, traits.redis);
    const event = {
      audited: record,
      get fields(): never {
        throw new Error('fields were made');
      },
    };
    audit.received(event);
    audit.processed(event);
    expect(given).toEqual([undefined, undefined]);
  });
});
