import { type CompletedCommand, type CompletionScript, identifierOf } from './completed-command.js';

/** For the completion system of zsh 5; in a file of `fpath`, or read by `source` after `compinit`. */
export function zshScript({ name, commands, values }: CompletionScript): string {
  const id = identifierOf(name);
  const lists = Object.entries(values).map(
    ([kind, words]) =>
      `${id}_${kind}() {\n  local -a words\n  words=(${words.map(described).join(' ')})\n  _describe -t ${kind} '${kind}' words\n}`,
  );
  const summaries = commands.map(
    ({ name: command, summary }) => `    ${quoted(`${command}:${summary}`)}`,
  );
  return `#compdef ${name}
# zsh completion for ${name}, made by "${name} completion zsh".

${lists.join('\n')}

${id}() {
  local -a commands
  commands=(
${summaries.join('\n')}
    'help:Print the help of a command'
  )
  local line state
  _arguments -C '1: :->command' '*:: :->arguments'
  case $state in
  command) _describe -t commands 'command' commands ;;
  arguments)
    case $line[1] in
${commands.map((command) => ofCommand(command, id)).join('\n')}
    esac
    ;;
  esac
}

# As a file of fpath its text is the body of the function that zsh calls.
if [[ $funcstack[1] == _${name} ]]; then
  ${id} "$@"
else
  compdef ${id} ${name}
fi
`;
}

function ofCommand({ name, options, arguments: all }: CompletedCommand, id: string): string {
  const specs = options.map(({ names, takesValue, description, value }) => {
    const told = bracketed(description);
    const action = takesValue ? `:${names.at(-1)!.replace(/^-+/, '')}:${actionOf(value, id)}` : '';
    if (names.length === 1) return quoted(`${names[0]}[${told}]${action}`);
    return `${quoted(`(${names.join(' ')})`)}{${names.join(',')}}${quoted(`[${told}]${action}`)}`;
  });
  const ofArguments = all.map(({ words, value }, i) =>
    quoted(`${i + 1}: :${words ? `(${words.join(' ')})` : actionOf(value, id)}`),
  );
  return `    ${name}) _arguments ${[...specs, ...ofArguments].join(' \\\n      ')} ;;`;
}

function actionOf(value: string | undefined, id: string): string {
  if (value === 'file') return '_files';
  if (value === 'directory') return '_files -/';
  return value === undefined ? ' ' : `${id}_${value}`;
}

const described = (word: string): string => quoted(word.replaceAll(':', '\\:'));
const bracketed = (text: string): string => text.replace(/[[\]\\:]/g, '\\$&');

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
