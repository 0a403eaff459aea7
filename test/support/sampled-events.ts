import { bodyOf, type Shape, shapeOf } from '../../lib/codec/avro/shape.js';
import { OPEN_EDX_EVENTS } from '../../lib/events/catalog/open-edx-events.js';
import type { EventDefinition } from '../../lib/events/event-definition.js';

/** Every event of the catalogue that can travel. */
export const EVENTS_WITH_SAMPLES: readonly EventDefinition[] = OPEN_EDX_EVENTS.filter(
  (event) => measure(bodyOf(event)).fields < Infinity,
);

/** The events whose data has most levels; of those with as many, the ones with most fields. */
export function deepestEvents(count: number): readonly EventDefinition[] {
  return EVENTS_WITH_SAMPLES.map((event) => ({ event, ...measure(bodyOf(event)) }))
    .sort((a, b) => b.levels - a.levels || b.fields - a.fields)
    .slice(0, count)
    .map(({ event }) => event);
}

interface Measure {
  readonly levels: number;
  /** Infinity: one of them cannot travel. */
  readonly fields: number;
}

function measure(shape: Shape): Measure {
  switch (shape.kind) {
    case 'record': {
      const parts = Object.values(shape.fields).map((field) => measure(shapeOf(field)));
      return {
        levels: 1 + Math.max(...parts.map(({ levels }) => levels)),
        fields: parts.reduce((sum, { fields }) => sum + fields, 0),
      };
    }
    case 'optional':
      return measure(shapeOf(shape.of));
    case 'list':
    case 'map': {
      const { levels, fields } = measure(
        shapeOf(shape.kind === 'list' ? shape.items : shape.values),
      );
      return { levels: levels + 1, fields };
    }
    default:
      return { levels: 0, fields: shape.kind === 'unsupported' ? Infinity : 1 };
  }
}
