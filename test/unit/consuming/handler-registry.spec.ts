import {
  HandlerRegistry,
  platformTopicsOf,
  topicsOfRoutes,
} from '../../../lib/consuming/handlers/handler-registry.js';
import { ConfigurationError } from '../../../lib/errors/index.js';

const CREATED = 'org.openedx.learning.certificate.created.v1';
const ENROLLED = 'org.openedx.learning.course.enrollment.created.v1';

function handler(name: string, more: { group?: string; pattern?: string; topics?: string[] } = {}) {
  const invoke = async (): Promise<void> => undefined;
  return { name, group: 'g', pattern: CREATED, topics: ['certificates'], invoke, ...more };
}

function names(handlers: readonly { name: string }[]): string[] {
  return handlers.map(({ name }) => name);
}

describe('handler registry', () => {
  it('finds handlers by group, type and topic, in the order they were added', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('exact'));
    registry.add(handler('wide', { pattern: 'org.openedx.learning.*' }));
    registry.add(handler('any topic', { topics: [] }));
    registry.add(handler('other topic', { topics: ['elsewhere'] }));
    registry.add(handler('other group', { group: 'h' }));
    registry.add(handler('other type', { pattern: ENROLLED }));
    const found = (topic: string, type = CREATED) => names(registry.handlersFor('g', type, topic));
    expect(found('certificates')).toEqual(['exact', 'wide', 'any topic']);
    expect(found('elsewhere')).toEqual(['any topic', 'other topic']);
    expect(found('certificates', ENROLLED)).toEqual(['wide', 'other type']);
    expect(registry.handlersFor('nobody', CREATED, 'certificates')).toEqual([]);
  });

  it('knows a handler that is added after a look-up', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('first'));
    expect(registry.handlersFor('g', CREATED, 'certificates')).toHaveLength(1);
    registry.add(handler('second'));
    expect(registry.handlersFor('g', CREATED, 'certificates')).toHaveLength(2);
    expect(registry.size).toBe(2);
  });

  it('gives each group the topics of its handlers, once and sorted', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('a', { topics: ['z', 'a'] }));
    registry.add(handler('b', { topics: ['a', 'm'] }));
    registry.add(handler('c', { group: 'h', topics: ['only'] }));
    expect([...registry.subscriptions()]).toEqual([
      ['g', ['a', 'm', 'z']],
      ['h', ['only']],
    ]);
  });

  it('subscribes a handler without topics to the routes of its event, disabled ones too', () => {
    const route = (enabled: boolean) => ({ event_key_field: 'x', enabled });
    const topicsOf = topicsOfRoutes({
      [CREATED]: { certificates: route(true), audit: route(false) },
      [ENROLLED]: { enrolments: route(true) },
    });
    const registry = new HandlerRegistry(topicsOf);
    registry.add(handler('exact', { topics: [] }));
    registry.add(handler('wide', { group: 'h', topics: [], pattern: 'org.openedx.*' }));
    expect([...registry.subscriptions()]).toEqual([
      ['g', ['audit', 'certificates']],
      ['h', ['audit', 'certificates', 'enrolments']],
    ]);
    expect(() => registry.validate()).not.toThrow();
  });

  it('names every handler that could never receive anything, in one error', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('Mute.one', { topics: [] }));
    registry.add(handler('Mute.two', { topics: [], pattern: '*' }));
    registry.add(handler('Well.handler', { group: 'h' }));
    registry.add(handler('Well.listener', { group: 'h', topics: [] }));
    expect(() => registry.validate()).toThrow(ConfigurationError);
    expect(registry.problems().map((p) => p.setting)).toEqual([
      'topic of handler Mute.one',
      'topic of handler Mute.two',
    ]);
  });

  it('reads the topic of the platform where a group would have none, and no pattern does', () => {
    const registry = new HandlerRegistry(() => [], platformTopicsOf);
    registry.add(handler('Crm.certified', { topics: [] }));
    registry.add(handler('Crm.all', { topics: [], pattern: 'org.openedx.*' }));
    registry.add(handler('Own.certified', { group: 'h', topics: [] }));
    registry.add(handler('Own.other', { group: 'h', topics: ['own'] }));
    expect([...registry.subscriptions()]).toEqual([
      ['g', ['learning-certificate-lifecycle']],
      ['h', ['own']],
    ]);
    expect(registry.problems().map((p) => p.setting)).toEqual(['topic of handler Crm.all']);
  });

  it('prints a sorted routing table with what each handler really reads', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('Z.last'));
    registry.add(handler('A.any', { topics: [] }));
    registry.add(handler('B.first', { group: 'a' }));
    expect(registry.table()).toEqual([
      { group: 'a', pattern: CREATED, topics: ['certificates'], handler: 'B.first' },
      { group: 'g', pattern: CREATED, topics: ['certificates'], handler: 'A.any' },
      { group: 'g', pattern: CREATED, topics: ['certificates'], handler: 'Z.last' },
    ]);
  });

  it('does not grow without bound with the event types of the wire', () => {
    const registry = new HandlerRegistry();
    registry.add(handler('wide', { pattern: '*' }));
    for (let i = 0; i < 30_000; i++) registry.handlersFor('g', `type.${i}`, 'certificates');
    const { lookups } = registry as unknown as {
      lookups: Map<string, Map<string, Map<string, unknown>>>;
    };
    expect(lookups.get('g')!.get('certificates')!.size).toBe(10_000);
  });

  it('warns where another topic keeps a handler from the default topic of its event', () => {
    const registry = new HandlerRegistry(() => [], platformTopicsOf);
    registry.add(handler('of its own topic', { topics: ['visits'] }));
    registry.add(handler('forgotten', { topics: [] }));
    registry.add(handler('of another group', { topics: [], group: 'h' }));
    registry.add(handler('of any event', { topics: [], pattern: '*' }));
    expect(registry.warnings()).toEqual([
      `Handler forgotten names no topic, so it receives ${CREATED} from the topics of group g only: visits. ` +
        'The platform sends this event to learning-certificate-lifecycle, which the group does not read. ' +
        'To receive it from there, set `topic` in @OnOpenEdxEvent',
    ]);
    registry.add(handler('of the default topic', { topics: ['learning-certificate-lifecycle'] }));
    expect(registry.warnings()).toEqual([]);
  });
});
