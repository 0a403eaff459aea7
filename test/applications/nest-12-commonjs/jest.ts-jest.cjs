const esModules = ['nestjs-openedx-event-bus', '@nestjs'];

module.exports = {
  rootDir: 'src',
  transform: {
    '^.+\\.ts$': 'ts-jest',
    // ts-jest would leave `import.meta` of Nest as it is.
    '^.+\\.js$': ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
};
