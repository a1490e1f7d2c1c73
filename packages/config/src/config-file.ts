import { readFile } from 'node:fs/promises';

import { ProcessError } from '@keycourier/runtime/errors';
import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';

import { consoleProblems, consoleSchema, type ConsoleConfig } from './console.ts';
import { hint, problemsOf } from './problems/issues.ts';
import { consoleShape, knownKeys } from './problems/known-keys.ts';
import { locate } from './problems/locate.ts';
import { tenantProblems } from './refusals/duplicates.ts';
import { checkExposure } from './refusals/exposed-file.ts';
import { timingProblems } from './refusals/timing.ts';
import { urlProblems, type Problem } from './refusals/urls.ts';
import { tenantSchema, type TenantConfig } from './tenant.ts';

export interface Config {
  tenants: Record<string, TenantConfig>;
  console?: ConsoleConfig | undefined;
}

const tenantName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const settings = z.record(z.string(), z.unknown());

/**
 * Parses keycourier.yaml. `mode` is KEYCOURIER_MODE: some settings are accepted for simulators alone.
 * @throws ProcessError `bad_config`, with the path, line and column of every problem in the file
 */
export function parseConfig(text: string, mode = 'production'): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const { config, problems } = document.errors.length > 0 ? unreadable(document) : read(toJs(document), mode);
  if (problems.length === 0) return config;
  const described = problems.map(({ path, message, offset }) => {
    const found = offset === undefined ? locate(document, lines, path) : positionOf(lines, offset);
    return describe(path, message, found);
  });
  throw new ProcessError('bad_config', `The config file is not valid:\n${described.join('\n')}`);
}

/** @throws ProcessError `bad_config` */
export async function readConfigFile(path: string, mode = 'production'): Promise<Config> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ProcessError('bad_config', `The config file ${path} cannot be read`, { cause });
  });
  const exposed = mode === 'local' ? [] : await checkExposure(path, { secret: false });
  if (exposed.length > 0) throw new ProcessError('bad_config', `The config file is not safe: ${exposed.join('; ')}`);
  return parseConfig(text, mode);
}

type Found = Problem & { offset?: number };

interface Reading {
  config: Config;
  problems: Found[];
}

const unreadable = ({ errors }: Document): Reading => ({
  config: { tenants: {} },
  problems: errors.map(({ code, message, pos: [offset] }) => ({
    path: [],
    message: `is not YAML: ${message.split('\n', 1)[0] ?? ''} (${code})`,
    offset,
  })),
});

/** @throws ProcessError `bad_config` for aliases that multiply without end */
function toJs(document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    throw new ProcessError('bad_config', 'The config file is not valid: it has too many aliases', { cause });
  }
}

const topKeys = ['tenants', 'console'];

function read(yaml: unknown, mode: string): Reading {
  const top = settings.safeParse(yaml).data;
  const tenants = settings.safeParse(top?.['tenants']).data;
  const others = Object.keys(top ?? {}).filter((key) => !topKeys.includes(key));
  const unknown = others.map((key) => ({ path: [key], message: `is not a known key${hint(key, topKeys)}` }));
  if (tenants === undefined)
    return {
      config: { tenants: {} },
      problems: [...unknown, { path: ['tenants'], message: 'must be a map of tenants' }],
    };
  const all = Object.entries(tenants).map(([name, tenant]) => readTenant(name, tenant, mode));
  const twice = tenantProblems(Object.keys(tenants));
  const console = readConsole(top?.['console'], { tenants: Object.keys(tenants), mode });
  return {
    config: {
      console: console.config,
      tenants: Object.fromEntries(all.flatMap(({ name, config }) => (config === null ? [] : [[name, config]]))),
    },
    problems: [
      ...unknown,
      ...below(['console'], console.problems),
      ...below(['tenants'], [...twice, ...all.flatMap(({ problems }) => problems)]),
    ],
  };
}

function readTenant(
  name: string,
  tenant: unknown,
  mode: string,
): { name: string; config: TenantConfig | null; problems: Problem[] } {
  const parsed = tenantSchema.safeParse(tenant);
  const problems = [
    ...(tenantName.test(name) ? [] : [{ path: [], message: 'is not a name: at most 63 of a-z, 0-9 and "-"' }]),
    ...(parsed.success ? timingProblems(parsed.data, mode) : problemsOf(parsed.error.issues)),
    ...urlProblems(settings.safeParse(tenant).data ?? {}, mode),
  ];
  return { name, config: parsed.data ?? null, problems: below([name], problems) };
}

function readConsole(
  written: unknown,
  context: { tenants: readonly string[]; mode: string },
): { config: ConsoleConfig | undefined; problems: Problem[] } {
  const { data: parsed, error } = consoleSchema.safeParse(written ?? {});
  const shapeProblems = problemsOf(error?.issues ?? [], (path) => knownKeys(path, consoleShape()));
  return { config: parsed, problems: [...shapeProblems, ...consoleProblems({ parsed, written }, context)] };
}

const below = (path: readonly PropertyKey[], problems: readonly Problem[]): Problem[] =>
  problems.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));

const positionOf = (lines: LineCounter, offset: number): { line: number; column: number } => {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
};

function describe(path: readonly PropertyKey[], message: string, found: ReturnType<typeof locate>): string {
  const place = [
    ...(path.length === 0 ? [] : [z.core.toDotPath(path)]),
    ...(found === null ? [] : [`line ${found.line}, column ${found.column}`]),
  ];
  return `✖ ${message}\n  → at ${place.join(', ')}`;
}
