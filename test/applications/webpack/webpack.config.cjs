// Everything in one file, unlike `nest build --webpack`, which leaves out what is in node_modules.
const { join } = require('node:path');
const { IgnorePlugin } = require('webpack');

// What is optional in Nest, and not installed here.
const missing =
  /^(@nestjs\/websockets|class-transformer|class-validator|@grpc\/|mqtt|nats|amqp|@nats-io)/;

module.exports = {
  entry: './src/main.ts',
  target: 'node20',
  mode: 'none',
  output: { path: join(__dirname, 'bundle'), filename: 'main.js' },
  resolve: { extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } },
  module: { rules: [{ test: /\.ts$/, loader: 'ts-loader', options: { transpileOnly: true } }] },
  plugins: [new IgnorePlugin({ resourceRegExp: missing })],
};
