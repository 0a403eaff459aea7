import type { Described } from './vector-files.js';

/**
 * What the reference hands to its receivers: it takes a value that is false, 0 or empty for one that
 * is not there when its field has a default (behaviour 2.4). A deliberate difference of ours, for
 * every event: what is on the wire is what a handler gets.
 */
export function asPythonReceivesIt(initData: Described, record: any): unknown {
  return Object.fromEntries(
    Object.entries(initData).map(([name, described]) => [name, received(described, record[name])]),
  );
}

function received(described: Described, value: any): unknown {
  switch (described['type']) {
    case 'record':
      return Object.fromEntries(
        described['fields'].map((field: Described) => [field['name'], fieldOf(field, value)]),
      );
    case 'list':
      return value.map((item: unknown) => received(described['items'], item));
    case 'dict':
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, received(described['values'], item)]),
      );
    default:
      return value;
  }
}

function fieldOf(field: Described, record: any): unknown {
  const value = record[field['name']];
  return isFalsy(value) && !field['required'] ? field['default'] : received(field['value'], value);
}

const isFalsy = (value: any): boolean =>
  !value ||
  (typeof value === 'object' && Object.keys(value).length === 0) ||
  value.$float === '-0.0';
