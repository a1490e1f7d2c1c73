import { Argument, type Command, type Option } from 'commander';

import type { Cli } from '../cli.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const help = `
Examples:
  bash  keycourier completion bash > ~/.local/share/bash-completion/completions/keycourier
  zsh   keycourier completion zsh >> ~/.zshrc
  fish  keycourier completion fish > ~/.config/fish/completions/keycourier.fish`;

/** Prints a script that completes commands, options and their values: all that the program knows of itself. */
export function addCompletion(program: Command, cli: Cli): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(shells))
    .addHelpText('after', help)
    .action((shell: Shell) => cli.terminal.out(drawers[shell](tableOf(program))));
}

/** What may follow a command: its words are the path from the program, which has none. */
interface Entry {
  words: string;
  subcommands: readonly Named[];
  options: readonly KnownOption[];
  /** The values of its arguments, where only some are allowed. */
  values: readonly string[];
}

interface Named {
  name: string;
  description: string;
}

interface KnownOption {
  names: readonly string[];
  description: string;
  /** It has a value, which is the next word. */
  hasValue: boolean;
  values: readonly string[];
}

function tableOf(program: Command): readonly Entry[] {
  const shared = optionsOf(program);
  const walk = (command: Command, words: string): Entry[] => [
    {
      words,
      subcommands: command.commands.map((one) => ({ name: one.name(), description: one.description() })),
      options: command === program ? shared : [...optionsOf(command), ...shared],
      values: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    },
    ...command.commands.flatMap((one) => walk(one, `${words} ${one.name()}`.trim())),
  ];
  return walk(program, '');
}

const optionsOf = (command: Command): readonly KnownOption[] =>
  command.createHelp().visibleOptions(command).map(toKnown);

const toKnown = ({ short, long, description, required, optional, argChoices }: Option): KnownOption => ({
  names: [short, long].filter((name) => typeof name === 'string'),
  description,
  hasValue: required || optional,
  values: argChoices ?? [],
});

/** Within single quotes of any of the shells. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const namesOf = ({ options }: Entry): string => options.flatMap(({ names }) => names).join(' ');

/** Alternatives of a `case` in bash. */
const anyOf = (texts: readonly string[]): string => texts.map(quoted).join('|');

const placed = ({ words }: Entry, { names }: KnownOption): readonly string[] => names.map((name) => `${words}:${name}`);

/** The values of options, for the word after them. */
const caseOfValues = (entry: Entry): readonly string[] =>
  entry.options
    .filter(({ values }) => values.length > 0)
    .map((option) => `    ${anyOf(placed(entry, option))}) words=${quoted(option.values.join(' '))} ;;`);

function caseOfNext(entry: Entry): string {
  const words = [...entry.subcommands.map(({ name }) => name), ...entry.values].join(' ');
  return `    ${quoted(entry.words)}) words=${quoted(words)}; options=${quoted(namesOf(entry))} ;;`;
}

const pathsIn = (table: readonly Entry[]): readonly string[] =>
  table.map(({ words }) => words).filter((words) => words !== '');

function drawBash(table: readonly Entry[], shell: Shell = 'bash'): string {
  const valued = table.flatMap((entry) =>
    entry.options.filter(({ hasValue }) => hasValue).flatMap((option) => placed(entry, option)),
  );
  return `# Completion of keycourier, made by: keycourier completion ${shell}
_keycourier() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= words= options= candidate i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:\${COMP_WORDS[i]}" in
    ${anyOf(valued)}) i=$((i + 1)); continue ;;
    esac
    candidate="\${path:+$path }\${COMP_WORDS[i]}"
    case "$candidate" in
    ${anyOf(pathsIn(table))}) path=$candidate ;;
    esac
  done
  case "$path:$previous" in
${table.flatMap(caseOfValues).join('\n')}
    ${anyOf(valued)}) return ;;
  esac
  if [[ -z $words ]]; then
    case "$path" in
${table.map(caseOfNext).join('\n')}
    esac
    [[ $current == -* ]] && words=$options
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _keycourier keycourier`;
}

/** Zsh runs completions of bash. */
const drawZsh = (table: readonly Entry[]): string =>
  `autoload -Uz compinit bashcompinit && compinit && bashcompinit\n${drawBash(table, 'zsh')}`;

function drawFish(table: readonly Entry[]): string {
  const lines = table.flatMap((entry) => {
    const condition = `-n ${quoted(`__keycourier_at ${quoted(entry.words)}`)}`;
    const named = entry.subcommands.map(
      ({ name, description }) => `complete -c keycourier -f ${condition} -a ${quoted(name)} -d ${quoted(description)}`,
    );
    const values = entry.values.map((value) => `complete -c keycourier -f ${condition} -a ${quoted(value)}`);
    return [...named, ...values, ...entry.options.map((option) => fishOption(option, condition))];
  });
  return `# Completion of keycourier, made by: keycourier completion fish
function __keycourier_at
  set -l path ''
  for word in (commandline -opc)[2..]
    set -l candidate (string trim -- "$path $word")
    contains -- $candidate ${pathsIn(table).map(quoted).join(' ')}; and set path $candidate
  end
  test "$path" = "$argv[1]"
end
${lines.join('\n')}`;
}

function fishOption({ names, description, hasValue, values }: KnownOption, condition: string): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)).join(' ');
  const value = hasValue ? (values.length === 0 ? ' -r' : ` -x -a ${quoted(values.join(' '))}`) : '';
  return `complete -c keycourier ${condition} ${flags}${value} -d ${quoted(description)}`;
}

const drawers: Readonly<Record<Shell, (table: readonly Entry[]) => string>> = {
  bash: drawBash,
  zsh: drawZsh,
  fish: drawFish,
};
