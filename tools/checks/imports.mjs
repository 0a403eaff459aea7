// The imports of lib, those of types included: none in a circle, and none from a room to one that is not below it.
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** Rooms from the bottom to the top, by how the paths of their files begin. Those of one floor know nothing of each other. */
const FLOORS = [
  ['lib/common/'],
  ['lib/errors/'],
  ['lib/nest-internals/', 'lib/events/', 'lib/observability/'],
  ['lib/codec/', 'lib/transport/'],
  ['lib/schema/', 'lib/transport/common/', 'lib/transport/wire/'],
  ['lib/transport/memory/', 'lib/transport/redis/', 'lib/transport/kafka/'],
  ['lib/transport/transport-loader.ts'],
  ['lib/settings/'],
  ['lib/producing/', 'lib/consuming/'],
  ['lib/lifecycle/', 'lib/event-bus.constants.ts'],
  ['lib/decorators/', 'lib/microservice/'],
  ['lib/event-bus'],
  ['lib/cli/', 'lib/testing/'],
  [
    ...['lib/index.ts', 'lib/schema/', 'lib/dead-letters/', 'lib/idempotency/'],
    ...['lib/telemetry/', 'lib/opentelemetry/', 'lib/health/', 'lib/terminus/'],
  ],
];
const ROOMS = FLOORS.flatMap((rooms, floor) => rooms.map((room) => ({ room, floor }))).sort(
  (a, b) => b.room.length - a.room.length,
);

/** What is wrong with the imports among `files`, in words. */
export function importProblems(files) {
  const imports = importsOf(files);
  const circles = circlesIn(imports).map((circle) => `imports in a circle: ${circle.join(', ')}`);
  const upward = [...imports].flatMap(([file, imported]) =>
    imported
      .filter((other) => !isBelow(other, file))
      .map((other) => `not from a room below: ${file} imports ${other}`),
  );
  return [...circles, ...upward];
}

function isBelow(imported, file) {
  const [there, here] = [roomOf(imported), roomOf(file)];
  return there.room === here.room || there.floor < here.floor;
}

function roomOf(file) {
  const found = ROOMS.find(({ room }) => file.startsWith(room));
  if (!found) throw new Error(`tools/checks/imports.mjs knows no room for ${file}`);
  return found;
}

/** Each file with those of `files` that it imports. */
function importsOf(files) {
  const known = new Set(files);
  const imports = new Map();
  for (const file of files) {
    const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
    const paths = importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => normalize(join(dirname(file), fileName)).replace(/\.js$/, '.ts'));
    imports.set(
      file,
      [...new Set(paths)].filter((path) => known.has(path)),
    );
  }
  return imports;
}

/** The groups of files that import one another, directly or not (Tarjan's algorithm). */
function circlesIn(imports) {
  const order = new Map();
  const lowest = new Map();
  const stack = [];
  const circles = [];
  const visit = (file) => {
    order.set(file, order.size);
    lowest.set(file, order.get(file));
    stack.push(file);
    for (const next of imports.get(file)) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) lowest.set(file, Math.min(lowest.get(file), lowest.get(next)));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || imports.get(file).includes(file)) circles.push(circle);
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles;
}
