import type { RoutingRow } from './handler-registry.js';

/** The routing table as log lines, in columns: topics, group, event, handler. */
export function routingLines(rows: readonly RoutingRow[]): readonly string[] {
  const width = (of: (row: RoutingRow) => string) => Math.max(...rows.map((row) => of(row).length));
  const topics = (row: RoutingRow) => row.topics.join(', ');
  return rows.map((row) =>
    [
      topics(row).padEnd(width(topics)),
      row.group.padEnd(width(({ group }) => group)),
      row.pattern.padEnd(width(({ pattern }) => pattern)),
      row.handler,
    ].join('  '),
  );
}
