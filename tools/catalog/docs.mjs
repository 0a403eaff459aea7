/** What the package says about events and their fields, for `openedx-event-bus events`. */
export function docsFile(catalog) {
  const simpleName = (name) => name.split('.').at(-1);
  const names = Object.keys(catalog.classes);
  const isTwice = (name) =>
    names.filter((other) => simpleName(other) === simpleName(name)).length > 1;
  const events = catalog.events.map(({ event_type: type, doc, key_field: keyField }) => [
    type,
    { ...(doc && { doc: oneLine(doc) }), ...(keyField && { keyField }) },
  ]);
  const records = Object.entries(catalog.classes).map(([name, { fields }]) => [
    isTwice(name) ? `${name.split('.')[1]}.${simpleName(name)}` : simpleName(name),
    Object.fromEntries(
      Object.entries(fields)
        .filter(([, { doc }]) => doc)
        .map(([field, { doc }]) => [field, oneLine(doc)]),
    ),
  ]);
  return `
/** What openedx-events says about an event, and which field its comments name as the key. */
export interface EventDocs {
  readonly doc?: string;
  readonly keyField?: string;
}

/** By event type. */
export const EVENT_DOCS: Readonly<Record<string, EventDocs>> = ${JSON.stringify(Object.fromEntries(events))};

/** By record name (with its subdomain before it where the name stands for two records) and field. */
export const FIELD_DOCS: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(Object.fromEntries(records))};
`;
}

const oneLine = (doc) => doc.replace(/\s+/g, ' ').trim();
