import { type CompletionScript, identifierOf } from './completed-command.js';

/** For bash 4 and newer; it needs no package of completions. */
export function bashScript({ name, commands, values }: CompletionScript): string {
  const id = identifierOf(name);
  const words = Object.entries(values).map(([kind, list]) => `${id}_${kind}='${list.join('\n')}'`);
  const options = commands.map(
    ({ name: command, options: all }) =>
      `    ${command}) words='${all.flatMap(({ names }) => names).join(' ')}' ;;`,
  );
  const ofValues = commands.flatMap(({ name: command, options: all }) =>
    all
      .filter(({ takesValue }) => takesValue)
      .map(({ names, value }) => {
        const keys = names.map((one) => `${command}:${one}`).join('|');
        return `    ${keys}) kind='${value ?? 'text'}' ;;`;
      }),
  );
  const ofArguments = commands.flatMap(({ name: command, arguments: all }) => {
    const [argument] = all;
    if (!argument) return [];
    // The first of several stands directly behind the command.
    const at = all.length > 1 ? `${command}:${command}` : `${command}:*`;
    const list = argument.words
      ? `words='${argument.words.join(' ')}'`
      : `kind='${argument.value}'`;
    return [`    ${at}) ${list} ;;`];
  });
  return `# bash completion for ${name}, made by "${name} completion bash".

${words.join('\n')}

${id}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' words='' kind='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    ${commands.map(({ name: command }) => command).join('|')}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  if [[ -z $command ]]; then
    words='${[...commands.map(({ name: command }) => command), 'help', ...globalNames(commands)].join(' ')}'
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    return
  fi
  case $command:$previous in
${ofValues.join('\n')}
  esac
  if [[ -z $kind && $current == -* ]]; then
    case $command in
${options.join('\n')}
    esac
  elif [[ -z $kind ]]; then
    case $command:$previous in
${ofArguments.join('\n')}
    esac
  fi
  case $kind in
    eventType|signal|topic) local list=${id}_$kind; words=\${!list} ;;
    file) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    directory) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -d -- "$current")); return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

complete -F ${id} ${name}
`;
}

/** Names of options that all commands have. */
function globalNames(commands: CompletionScript['commands']): string[] {
  const [first, ...others] = commands.map(({ options }) => options.flatMap(({ names }) => names));
  return (first ?? []).filter((name) => others.every((names) => names.includes(name)));
}
