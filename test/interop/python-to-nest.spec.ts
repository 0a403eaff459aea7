import { randomUUID } from 'node:crypto';
import { sharedRedisUrl } from '../services/shared-services.js';
import { until } from '../services/until.js';
import { REFUSED_BY_REFERENCE, SERIALIZABLE_TYPES } from './catalogue.js';
import { eventSamples, type Samples } from './event-samples.js';
import { startInboxApp, type InboxApp } from './inbox-app.js';
import { plain } from './plain-json.js';
import { PythonDriver } from './python-driver.js';

describe('what the Python producer sends', () => {
  const topic = `python-to-nest-${randomUUID()}`;
  let samples: Samples;
  let sent: readonly any[];
  let app: InboxApp;

  beforeAll(async () => {
    samples = await eventSamples();
    const python = await PythonDriver.start('produce.py', sharedRedisUrl());
    python.write(samples.events.map((event) => ({ topic, ...event })));
    sent = await python.end(60_000);
    app = await startInboxApp({ topic, group: 'nest' });
    await until('every event', () => app.received.length >= samples.events.length);
  }, 120_000);
  afterAll(() => app?.close());

  it('covers every event that can be serialized', () => {
    expect(SERIALIZABLE_TYPES).toHaveLength(73);
    expect([...new Set(samples.events.map((event) => event.type))].sort()).toEqual(
      SERIALIZABLE_TYPES,
    );
    expect(samples.refused).toEqual(REFUSED_BY_REFERENCE);
    expect(sent.filter((line) => line.error)).toEqual([]);
  });

  it('arrives once each, in the order of the stream, without complaint', () => {
    expect(app.received.map((event) => event.metadata.id)).toEqual(
      sent.map((line) => line.sent.id),
    );
    const asReleased = app.received.filter(
      ({ metadata }) => metadata.sourcelib.join('.') === '11.2.0',
    );
    expect(asReleased.length).toBeGreaterThan(100);
    expect(asReleased.flatMap((event) => event.warnings)).toEqual([]);
    // The others have a release that was made up: each warning is about that.
    const about = /openedx-events [\d.]+/;
    expect(app.received.flatMap((event) => event.warnings).filter((w) => !about.test(w))).toEqual(
      [],
    );
    expect(app.complaints.filter((complaint) => !about.test(complaint))).toEqual([]);
  });

  it.each(SERIALIZABLE_TYPES)('%s: the handler gets what is on the wire', (type) => {
    const indexes = [...samples.events.keys()].filter((i) => samples.events[i]!.type === type);
    expect(indexes.length).toBeGreaterThanOrEqual(3);
    for (const index of indexes) {
      const { data, metadata } = app.received[index]!;
      const { event_type: sentType, ...sentMetadata } = sent[index].sent;
      expect(plain(data)).toEqual(sent[index].wire);
      expect(metadata).toEqual({ type: sentType, ...sentMetadata });
    }
  });
});
