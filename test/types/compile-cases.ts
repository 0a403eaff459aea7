import path from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface Complaint {
  readonly line: number;
  readonly code: number;
  readonly message: string;
}

export interface CompiledCase {
  readonly name: string;
  readonly expected: readonly Complaint[];
  readonly found: readonly Complaint[];
}

const folder = fileURLToPath(new URL('./cases/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

/** The case files, by name; they are compiled by `compileCases`. */
export const caseNames: readonly string[] = ts.sys
  .readDirectory(folder, ['.ts'])
  .map((file) => path.basename(file, '.ts'));

/**
 * Compiles all cases as one program, with the project's own options. A comment `refused TS1234: text` says
 * that the line below it must give that error, with the text somewhere in its message.
 */
export function compileCases(): ReadonlyMap<string, CompiledCase> {
  const config = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const files = caseNames.map((name) => path.join(folder, `${name}.ts`));
  const program = ts.createProgram(files, options);
  return new Map(
    files.map((file, i) => {
      const source = program.getSourceFile(file)!;
      const found = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ].map((diagnostic) => complaintOf(source, diagnostic));
      const name = caseNames[i]!;
      return [name, { name, expected: expectedIn(source), found }];
    }),
  );
}

function complaintOf(source: ts.SourceFile, diagnostic: ts.Diagnostic): Complaint {
  return {
    line: source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1,
    code: diagnostic.code,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
  };
}

function expectedIn(source: ts.SourceFile): Complaint[] {
  return source.text.split('\n').flatMap((text, i) => {
    const comment = /^\s*\/\/ refused TS(\d+): (.+)$/.exec(text);
    return comment ? [{ line: i + 2, code: Number(comment[1]), message: comment[2]! }] : [];
  });
}
