import { codecFor } from '../../../lib/codec/event-codec.js';
import { isDeploymentFault } from '../../../lib/consuming/processing/event-decoder.js';
import {
  ConfigurationError,
  MissingPeerError,
  UnusableRecordError,
} from '../../../lib/errors/index.js';
import { defineEvent } from '../../../lib/events/event-definition.js';
import { custom } from '../../../lib/events/fields.js';
import { ConsumingBus, recordOf } from '../../support/consuming-bus.js';
import { ScriptedTransport } from '../../support/scripted-transport.js';
import { waitUntil } from '../../support/wait-until.js';
import { StreamWireFormat } from '../../../lib/transport/wire/stream-wire-format.js';

const coded = (code: string) => Object.assign(new Error(code), { code });

describe('a fault of the deployment', () => {
  it.each<[string, unknown, boolean]>([
    ['code that a policy forbids', new EvalError('no'), true],
    ['a package that is not there', coded('ERR_MODULE_NOT_FOUND'), true],
    ['a native part that does not load', coded('ERR_DLOPEN_FAILED'), true],
    ['a peer', new MissingPeerError('x', 'y'), true],
    ['the configuration', new ConfigurationError([]), true],
    ['memory', new RangeError('Array buffer allocation failed'), true],
    ['a number out of range', new RangeError('Invalid array length'), false],
    ['a bad record', new UnusableRecordError('bad'), false],
    ['nothing', undefined, false],
  ])('may be %s, also as a cause', (_, error, expected) => {
    expect(isDeploymentFault(error)).toBe(expected);
    expect(isDeploymentFault(new UnusableRecordError('bad', { cause: error }))).toBe(expected);
    const cyclic = new Error('cyclic');
    cyclic.cause = cyclic;
    expect(isDeploymentFault(cyclic)).toBe(false);
  });

  it('is kept as the cause of a custom field type that meets it', () => {
    const lazy = custom('Lazy', 'string', {
      toWire: (value: string) => value,
      fromWire: (): string => {
        throw coded('MODULE_NOT_FOUND');
      },
    });
    const codec = codecFor(defineEvent({ type: 'org.example.lazy.v1', data: { value: lazy } }));
    let found: unknown;
    try {
      codec.decode(codec.encode({ value: 'x' }));
    } catch (error) {
      found = error;
    }
    expect(found).toMatchObject({ code: 'UNUSABLE_RECORD' });
    expect(isDeploymentFault(found)).toBe(true);
  });

  it('at a record pauses its source and settles nothing, until it is gone', async () => {
    const transport = new ScriptedTransport();
    const inner = new StreamWireFormat();
    let missing = true;
    let asked = 0;
    const wire = {
      toRecord: inner.toRecord.bind(inner),
      fromRecord: (...[record, position]: Parameters<StreamWireFormat['fromRecord']>) => {
        asked++;
        if (missing) throw coded('ERR_DLOPEN_FAILED');
        return inner.fromRecord(record, position);
      },
    };
    const bus = new ConsumingBus(transport, {}, { parts: { transport, wire } });
    const done: number[] = [];
    bus.handle(({ n }) => done.push(n));
    await bus.runtime.start();
    void transport.last.deliver('one', [recordOf(1)]);
    await waitUntil(() => asked >= 3);
    expect(transport.last.fates('one')).toEqual(['in hand']);
    expect(bus.status.snapshot().counts).toMatchObject({ failed: 0, unusable: 0 });
    missing = false;
    await waitUntil(() => done.length === 1);
    expect(transport.last.fates()).toEqual(['settled']);
    await bus.drain();
  });
});
