import { type Block, blocksIn, blocksOf, pages } from './pages.js';
import { problemsOfSnippets } from './snippets.js';

const COMPILING_MS = 240_000;
const problemsOf = (...blocks: string[]): string[] => {
  const text = blocks.map((block) => `\`\`\`ts\n${block}\n\`\`\`\n`).join('\n');
  return problemsOfSnippets(blocksIn('docs/sample.md', text));
};
const IMPORT = `import { OnOpenEdxEvent } from 'nestjs-openedx-event-bus';`;
const TYPE = `'org.openedx.learning.certificate.created.v1'`;

it(
  'each snippet of TypeScript compiles',
  () => {
    const blocks = pages().flatMap(blocksOf);
    expect(blocks.filter(({ language }) => language === 'ts').length).toBeGreaterThan(10);
    expect(problemsOfSnippets(blocks)).toEqual([]);
  },
  COMPILING_MS,
);

it('each block of JSON is JSON', () => {
  const isWrong = ({ language, text }: Block): boolean => {
    if (language !== 'json') return false;
    try {
      JSON.parse(text);
      return false;
    } catch {
      return true;
    }
  };
  const wrong = pages().flatMap(blocksOf).filter(isWrong);
  expect(wrong.map(({ page, line }) => `${page}:${line}: not JSON`)).toEqual([]);
});

describe('the check of snippets', () => {
  it(
    'names page and line of what does not compile',
    () => {
      const problems = problemsOf(
        `${IMPORT}\nclass A {\n  @OnOpenEdxEvent('org.openedx.none')\n  a() {}\n}`,
        `const text: string = 1;`,
        `certain.thing();`,
      );
      expect(problems).toEqual([
        expect.stringMatching(/^docs\/sample\.md:4: .*org\.openedx\.none/),
        `docs/sample.md:10: Type 'number' is not assignable to type 'string'.`,
        `docs/sample.md:14: Cannot find name 'certain'.`,
        expect.stringContaining('test/documentation/context.ts'),
      ]);
    },
    COMPILING_MS,
  );

  it(
    'knows what is imported and declared above, what the reader has, and members of a class alone',
    () => {
      expect(
        problemsOf(
          `${IMPORT}\nconst TYPE = ${TYPE};`,
          `@OnOpenEdxEvent(TYPE)\nhandle() {\n  return app;\n}`,
          `const TYPE = 1;\nconst one: 1 = TYPE;`,
        ),
      ).toEqual([]);
    },
    COMPILING_MS,
  );

  it(
    'takes a snippet that begins with the name of a file for that file',
    () => {
      const problems = problemsOf(
        `// one.ts\nexport const one = 1;`,
        `// src/two.ts\nimport { one } from './one.js';\nexport const two: string = one;`,
        `import { app } from './main.js';\nimport { three } from './three.js';\nthree(app);`,
      );
      expect(problems).toEqual([
        `docs/sample.md:9: Type 'number' is not assignable to type 'string'.`,
        `docs/sample.md:14: Module '"./three.js"' has no exported member 'three'.`,
      ]);
    },
    COMPILING_MS,
  );

  it(
    'does not know what is imported below, nor what another page adds to the types',
    () => {
      const merging = [
        `import { defineEvent } from 'nestjs-openedx-event-bus/schema';`,
        `const SEEN = defineEvent({ type: 'org.example.seen.v1', data: {} });`,
        `declare module 'nestjs-openedx-event-bus/events' {`,
        `  interface OpenEdxEventMap { 'org.example.seen.v1': typeof SEEN }`,
        `}`,
      ].join('\n');
      const using = `${IMPORT}\nclass A {\n  @OnOpenEdxEvent('org.example.seen.v1')\n  a() {}\n}`;
      expect(problemsOf(`OnOpenEdxEvent(TYPE);`, IMPORT)).toHaveLength(3);
      expect(problemsOf(merging, using)).toEqual([]);
      const other = blocksIn('docs/other.md', `\`\`\`ts\n${using}\n\`\`\``);
      const both = problemsOfSnippets([...blocksIn('docs/sample.md', fenced(merging)), ...other]);
      expect(both).toEqual([expect.stringMatching(/^docs\/other\.md:4: /)]);
    },
    COMPILING_MS,
  );
});

function fenced(text: string): string {
  return `\`\`\`ts\n${text}\n\`\`\``;
}
