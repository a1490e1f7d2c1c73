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

function drawBash(table: readonly Entry[]): string {
  const paths = table.filter(({ words }) => words !== '').map(({ words }) => quoted(words));
  const valued = table.flatMap((entry) =>
    entry.options
      .filter(({ hasValue }) => hasValue)
      .flatMap(({ names }) => names.map((name) => quoted(`${entry.words}:${name}`))),
  );
  const choices = table.flatMap((entry) =>
    entry.options.flatMap(({ names, values }) =>
      values.length === 0
        ? []
        : [
            `    ${names.map((name) => quoted(`${entry.words}:${name}`)).join('|')}) words=${quoted(values.join(' '))} ;;`,
          ],
    ),
  );
  const next = table.map((entry) => {
    const words = [...entry.subcommands.map(({ name }) => name), ...entry.values].join(' ');
    return `    ${quoted(entry.words)}) words=${quoted(words)}; options=${quoted(namesOf(entry))} ;;`;
  });
  return `# Completion of keycourier, for bash; made by: keycourier completion bash
_keycourier() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} path= words= options= candidate i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$path:\${COMP_WORDS[i]}" in
    ${valued.join('|')}) i=$((i + 1)); continue ;;
    esac
    candidate="\${path:+$path }\${COMP_WORDS[i]}"
    case "$candidate" in
    ${paths.join('|')}) path=$candidate ;;
    esac
  done
  case "$path:$previous" in
${choices.join('\n')}
    ${valued.join('|')}) return ;;
  esac
  if [[ -z $words ]]; then
    case "$path" in
${next.join('\n')}
    esac
    [[ $current == -* ]] && words=$options
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _keycourier keycourier`;
}

/** Zsh runs completions of bash. */
const drawZsh = (table: readonly Entry[]): string =>
  `autoload -Uz compinit bashcompinit && compinit && bashcompinit\n${drawBash(table).replace('for bash; made by: keycourier completion bash', 'for zsh; made by: keycourier completion zsh')}`;

function drawFish(table: readonly Entry[]): string {
  const lines = table.flatMap((entry) => {
    const condition = `-n ${quoted(`__keycourier_at ${quoted(entry.words)}`)}`;
    const named = entry.subcommands.map(
      ({ name, description }) => `complete -c keycourier -f ${condition} -a ${quoted(name)} -d ${quoted(description)}`,
    );
    const values = entry.values.map((value) => `complete -c keycourier -f ${condition} -a ${quoted(value)}`);
    return [...named, ...values, ...entry.options.map((option) => fishOption(option, condition))];
  });
  const paths = table.filter(({ words }) => words !== '').map(({ words }) => quoted(words));
  return `# Completion of keycourier, for fish; made by: keycourier completion fish
function __keycourier_at
  set -l path ''
  for word in (commandline -opc)[2..]
    set -l candidate (string trim -- "$path $word")
    contains -- $candidate ${paths.join(' ')}; and set path $candidate
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
