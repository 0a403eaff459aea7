import type { DataProblem } from '../../errors/index.js';
import { explainData } from './explain-data.js';
import { type AnyOptional, type AnyRecord, fieldsOf, type Shape, shapeOf } from './shape.js';

/** The first default inside a record that is not a value of its field; undefined where all are. */
export function wrongDefaultIn(record: AnyRecord): DataProblem | undefined {
  return new DefaultSearch().record(record, '');
}

class DefaultSearch {
  /** A record may be inside itself. */
  private readonly seen = new Set<AnyRecord>();

  record(record: AnyRecord, before: string): DataProblem | undefined {
    if (this.seen.has(record)) return undefined;
    this.seen.add(record);
    for (const [name, shape] of fieldsOf(record)) {
      const wrong = shape.kind === 'optional' ? problemOf(name, shape) : undefined;
      if (wrong) return { path: before + wrong.path, message: wrong.message };
      const deeper = this.inside(shape, before + name);
      if (deeper) return deeper;
    }
    return undefined;
  }

  private inside(shape: Shape, path: string): DataProblem | undefined {
    switch (shape.kind) {
      case 'record':
        return this.record(shape, `${path}.`);
      case 'optional':
        return this.inside(shapeOf(shape.of), path);
      case 'list':
        return this.inside(shapeOf(shape.items), `${path}[]`);
      case 'map':
        return this.inside(shapeOf(shape.values), `${path}{}`);
      default:
        return undefined;
    }
  }
}

function problemOf(name: string, field: AnyOptional): DataProblem | undefined {
  if (field.default === null) return undefined;
  const record: AnyRecord = { kind: 'record', name: 'Default', fields: { [name]: field.of } };
  return explainData(record, { [name]: field.default })[0];
}
