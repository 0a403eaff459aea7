import type { SchemaRegistry } from '../../lib/transport/kafka/registry/schema-registry.js';

/** A registry in memory that knows every schema at once: its ids are places in a list. */
export function ownRegistry(): SchemaRegistry {
  const schemas: string[] = [];
  const registry = {
    idOf(_subject: string, schema: string): number {
      if (!schemas.includes(schema)) schemas.push(schema);
      return schemas.indexOf(schema);
    },
    schemaOf: (id: number): string => schemas[id]!,
  };
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-assertion -- it has only what is asked of it
  return registry as unknown as SchemaRegistry;
}
