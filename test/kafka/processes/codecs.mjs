// Writes a line of JSON for each compression: what the making of a transport rejects with, null where it does not.
// Argument: JSON with `lib`.
const { kafkaTransport } = await import(
  `${JSON.parse(process.argv[2]).lib}transport/kafka/index.js`
);
const quiet = () => undefined;
const logger = { log: quiet, warn: quiet, error: quiet, debug: quiet };

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
  const factory = kafkaTransport({
    compression,
    brokers: ['127.0.0.1:1'],
    schemaRegistry: { url: 'http://127.0.0.1:1' },
  });
  const error = await factory({ bus: 'b', setting: quiet, logger }).then(
    () => null,
    ({ code, packageName, message }) => ({ code, packageName, message }),
  );
  process.stdout.write(`${JSON.stringify({ compression, error })}\n`);
}
