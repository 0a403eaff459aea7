import { dirname, join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from '../services/service-cache.js';
import type { Block } from './pages.js';

const CONTEXT = join(PROJECT, 'test', 'documentation', 'context.ts');
const HINT =
  'What a snippet names is imported in it or above it on its page; what belongs to the reader is declared in test/documentation/context.ts.';
/** Of the compiler, about names that it does not know. */
const UNKNOWN_NAME = /: Cannot find (name|namespace) /;

/** A snippet as a module of its own: imports of what it takes from elsewhere, then its lines. */
interface Snippet {
  readonly block: Block;
  readonly path: string;
  readonly source: string;
  /** Lines of `source` before the snippet. */
  readonly before: number;
}

/**
 * Compiles snippets of TypeScript against the package as it is, each as a module of its own. A snippet may use what
 * snippets above it on its page import or declare, and what `context.ts` declares. One that begins with `// name.ts` is
 * that file for the others of its page; another file beside it has what `context.ts` declares. Members of a class may
 * stand alone.
 * Returns what is wrong: `page:line: message`.
 */
export function problemsOfSnippets(blocks: readonly Block[]): string[] {
  const written = blocks.filter(({ language }) => language === 'ts' || language === 'typescript');
  const alone: Snippet[][] = [];
  const together: Snippet[] = [];
  for (const page of new Set(written.map((block) => block.page))) {
    const snippets = snippetsOf(written.filter((block) => block.page === page));
    // What one page adds to the types of the package is not there on the others.
    if (snippets.some(({ source }) => /^declare (module|global)/m.test(source)))
      alone.push(snippets);
    else together.push(...snippets);
  }
  const problems = [together, ...alone].flatMap(problemsOfProgram);
  return problems.some((problem) => UNKNOWN_NAME.test(problem)) ? [...problems, HINT] : problems;
}

function snippetsOf(blocks: readonly Block[]): Snippet[] {
  const known = new Map(exportsOf(CONTEXT).map((name) => [name, importOf(name, CONTEXT)]));
  const paths = new Set<string>();
  return blocks.map((block) => {
    const path = pathOf(block, paths);
    paths.add(path);
    const { file, open, close } = parsed(path, block.text);
    const own = new Set(file.statements.flatMap(declaredIn));
    const taken = [...namesUsedIn(file)].filter((name) => known.has(name) && !own.has(name));
    const imports = [...new Set(taken.map((name) => known.get(name)!))];
    for (const statement of file.statements)
      if (ts.isImportDeclaration(statement))
        for (const [name, text] of importsIn(statement, file)) known.set(name, text);
    const statements = open ? [] : file.statements.filter((one) => !ts.isImportDeclaration(one));
    const declared = [...new Set(statements.flatMap(declaredIn))];
    for (const name of declared) known.set(name, importOf(name, path));
    const exported = new Set(statements.flatMap(exportedBy));
    const missing = declared.filter((name) => !exported.has(name));
    const source = [...imports, open, block.text, close, `export { ${missing.join(', ')} };`];
    return { block, path, source: source.join('\n'), before: imports.length + 1 };
  });
}

/** In a folder of the page: the file that it names in its first line, unless one above it does. */
function pathOf({ page, line, text }: Block, taken: ReadonlySet<string>): string {
  const folder = join(PROJECT, `${page}.snippets`);
  const [, name] = /^\/\/ (?:src\/)?([\w./-]+\.ts)$/.exec(text.split('\n')[0]!) ?? [];
  const named = join(folder, name ?? `line-${line}.ts`);
  return taken.has(named) ? join(folder, `line-${line}.ts`) : named;
}

/** As a module, or, where that is none, as the members of a class. */
function parsed(path: string, text: string): { file: ts.SourceFile; open: string; close: string } {
  const parse = (source: string): ts.SourceFile =>
    ts.createSourceFile(path, source, ts.ScriptTarget.ESNext, true);
  const file = parse(text);
  const [open, close] = ['class Snippet {', '}'];
  if (isWellFormed(text) || !isWellFormed(`${open}\n${text}\n${close}`))
    return { file, open: '', close: '' };
  return { file: parse(`${open}\n${text}\n${close}`), open, close };
}

function isWellFormed(source: string): boolean {
  const { diagnostics } = ts.transpileModule(source, {
    reportDiagnostics: true,
    compilerOptions: { module: ts.ModuleKind.ESNext, experimentalDecorators: true },
  });
  return diagnostics?.length === 0;
}

/** Files that no snippet changes, for all programs of a run. */
const parsedFiles = new Map<string, ts.SourceFile | undefined>();

function problemsOfProgram(snippets: readonly Snippet[]): string[] {
  if (snippets.length === 0) return [];
  const { config } = ts.readConfigFile(join(PROJECT, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, PROJECT);
  const ours = new Map(snippets.map((snippet) => [snippet.path, snippet]));
  const folders = new Set(snippets.map(({ path }) => dirname(path)));
  // Other files beside a snippet are the reader's.
  const isOfReader = (file: string): boolean => folders.has(dirname(file)) && file.endsWith('.ts');
  const sourceOf = (file: string): string | undefined =>
    ours.get(file)?.source ?? (isOfReader(file) ? exportAll(CONTEXT) : undefined);
  const plain = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...plain,
    directoryExists: (folder) => folders.has(folder) || plain.directoryExists!(folder),
    fileExists: (file) => sourceOf(file) !== undefined || plain.fileExists(file),
    readFile: (file) => sourceOf(file) ?? plain.readFile(file),
    getSourceFile: (file, version, ...rest) => {
      const source = sourceOf(file);
      if (source !== undefined) return ts.createSourceFile(file, source, version);
      if (!parsedFiles.has(file))
        parsedFiles.set(file, plain.getSourceFile(file, version, ...rest));
      return parsedFiles.get(file);
    },
  };
  const settings = { ...options, isolatedModules: false, noUncheckedIndexedAccess: false };
  const program = ts.createProgram([...ours.keys()], settings, host);
  return snippets.flatMap(({ path, block, before }) => {
    const source = program.getSourceFile(path)!;
    const syntactic = program.getSyntacticDiagnostics(source);
    const found = syntactic.length > 0 ? syntactic : program.getSemanticDiagnostics(source);
    return found.map(({ start, messageText }) => {
      const line = source.getLineAndCharacterOfPosition(start ?? 0).line - before + block.line;
      const message = ts.flattenDiagnosticMessageText(messageText, ' ');
      return `${block.page}:${line}: ${message}`;
    });
  });
}

/** Names that a statement of a module declares or imports. */
function declaredIn(statement: ts.Statement): string[] {
  if (ts.isImportDeclaration(statement))
    return importsIn(statement, statement.getSourceFile()).map(([name]) => name);
  if (ts.isModuleDeclaration(statement)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundBy(name));
  const { name } = statement as { name?: ts.Node };
  return name && ts.isIdentifier(name) ? [name.text] : [];
}

function boundBy(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) =>
    ts.isOmittedExpression(element) ? [] : boundBy(element.name),
  );
}

function exportedBy(statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return isExported ? declaredIn(statement) : [];
}

/** Each name that an import brings, with a statement that imports it alone. */
function importsIn(statement: ts.ImportDeclaration, file: ts.SourceFile): [string, string][] {
  const from = statement.moduleSpecifier.getText(file);
  const { name, namedBindings } = statement.importClause ?? {};
  const imports: [string, string][] = [];
  if (name) imports.push([name.text, `import ${name.text} from ${from};`]);
  if (namedBindings && ts.isNamespaceImport(namedBindings))
    imports.push([namedBindings.name.text, `import ${namedBindings.getText(file)} from ${from};`]);
  if (namedBindings && ts.isNamedImports(namedBindings))
    for (const element of namedBindings.elements) {
      const renamed = element.propertyName ? `${element.propertyName.text} as ` : '';
      imports.push([element.name.text, `import { ${renamed}${element.name.text} } from ${from};`]);
    }
  return imports;
}

function namesUsedIn(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

function importOf(name: string, path: string): string {
  return `import { ${name} } from '${path.replace(/\.ts$/, '.js')}';`;
}

function exportAll(path: string): string {
  return `export * from '${path.replace(/\.ts$/, '.js')}';`;
}

/** What a file of declarations exports. Throws where it hands on what another module exports, or has code. */
function exportsOf(path: string): string[] {
  const file = ts.createSourceFile(path, ts.sys.readFile(path)!, ts.ScriptTarget.ESNext, true);
  return file.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return [];
    const names = exportedBy(statement);
    const isDeclared = /^export (declare|interface|type) /.test(statement.getText(file));
    if (names.length === 0 || !isDeclared)
      throw new Error(`${path} may only declare: ${statement.getText(file)}`);
    return names;
  });
}
