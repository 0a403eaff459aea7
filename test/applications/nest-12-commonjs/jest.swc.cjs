const esModules = ['nestjs-openedx-event-bus', '@nestjs'];
const jsc = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true },
};

module.exports = {
  rootDir: 'src',
  transform: { '^.+\\.(t|j)s$': ['@swc/jest', { jsc, module: { type: 'commonjs' } }] },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules.join('|')})/)`],
};
