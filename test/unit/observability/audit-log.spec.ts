import { traits } from '../../support/transport-traits.js';
import { AuditLog } from '../../../lib/observability/audit-log.js';

const record = {
  topic: 'prod-certificates',
  partition: '3',
  offset: '17',
  messageId: 'c0a8a3f2-0000-1000-8000-000000000001',
  timestampMs: 1_700_000_000_123,
};

function linesOf(name: keyof typeof traits, enabled = true): string[] {
  const lines: string[] = [];
  const audit = new AuditLog(enabled, (line) => lines.push(line), traits[name]);
  audit.received(record);
  audit.processed();
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
    new AuditLog(true, (line) => lines.push(line), traits.redis).received({
      ...record,
      timestampMs: undefined,
    });
    expect(lines[0]).toContain('event_timestamp_ms=none');
  });

  it('keeps a line one line, whatever a broker calls a place', () => {
    const lines: string[] = [];
    const audit = new AuditLog(true, (line) => lines.push(line), traits.redis);
    audit.received({ ...record, offset: '17\n2026-01-01 ERROR forged\u001b[31m' });
    audit.received({ ...record, topic: 't'.repeat(1_000_000) });
    expect(lines[0]).toContain('redis_msg_id=17\\n2026-01-01 ERROR forged\\u001b[31m, event_');
    expect(lines[1]!.length).toBeLessThan(1_200);
  });

  it('is silent when switched off', () => {
    expect(linesOf('redis', false)).toEqual([]);
  });
});
