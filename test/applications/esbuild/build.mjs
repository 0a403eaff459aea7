import { build } from 'esbuild';

// What is optional in Nest and in the clients, and not installed here.
const external = [
  ...['@nestjs/websockets', '@nestjs/platform-express', '@nestjs/platform-socket.io'],
  ...[
    'class-transformer',
    'class-validator',
    '@grpc/grpc-js',
    '@grpc/proto-loader',
    'mqtt',
    'nats',
  ],
  ...['amqplib', 'amqp-connection-manager', '@nats-io/transport-node'],
];

for (const format of ['esm', 'cjs'])
  await build({
    entryPoints: ['src/main.ts'],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    outfile: `dist/main.${format === 'esm' ? 'mjs' : 'cjs'}`,
    external,
    logLevel: 'error',
    ...(format === 'esm' && {
      // Packages in CommonJS ask for their modules by `require`.
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
    }),
  });
