// The names that an entry point exports, those of types included.
import ts from 'typescript';

/** In alphabetical order; `file` is the source of the entry point. */
export function entryNames(file) {
  const { config } = ts.readConfigFile('tsconfig.build.json', (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const entry = checker.getSymbolAtLocation(program.getSourceFile(file));
  return checker
    .getExportsOfModule(entry)
    .map(({ name }) => name)
    .sort();
}
