// @ts-check
// What makes a build repeatable: every package by its hash, every image by its digest, nothing else downloaded.

/**
 * @typedef {{ name?: string, version?: string, packages?: Record<string, LockedPackage> }} Lockfile
 * @typedef {{ version?: string, integrity?: string, resolved?: string, link?: boolean }} LockedPackage
 */

const hash = /^sha(?:512|384|256)-[A-Za-z0-9+/]+={0,2}$/;

/**
 * Problems of package-lock.json: an entry without a hash, one that names a registry, or a root without a version.
 * @param {Lockfile} lock
 * @returns {string[]}
 */
export function checkLockfile({ packages = {} }) {
  const root = packages['']?.version === undefined ? ['package-lock.json: the root has no version'] : [];
  const entries = Object.entries(packages).filter(([path, { link }]) => /(^|\/)node_modules\//.test(path) && !link);
  return [
    ...root,
    ...entries
      .filter(([, { integrity }]) => !hash.test(integrity ?? ''))
      .map(([path, { version }]) => `package-lock.json: ${path} ${version ?? ''} has no integrity hash`),
    ...entries
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(([path]) => `package-lock.json: ${path} names the registry that it came from`),
  ];
}

const byDigest = /@sha256:[0-9a-f]{64}$/;

/**
 * Problems of a Dockerfile: an image without a digest, or a command that downloads what no lockfile holds.
 * @param {string} name
 * @param {string} text
 * @returns {string[]}
 */
export function checkDockerfile(name, text) {
  const lines = text.split('\n');
  const stages = new Set(lines.flatMap((line) => /^FROM .* AS (\S+)/i.exec(line)?.[1] ?? []));
  const values = new Map(
    lines.flatMap((line) => {
      const [, key, value] = /^ARG (\w+)=(\S+)/.exec(line) ?? [];
      return key === undefined || value === undefined ? [] : [/** @type {[string, string]} */ ([key, value])];
    }),
  );
  const images = lines.flatMap((line) => {
    const image = /^FROM (?:--\S+ )*(\S+)/i.exec(line)?.[1] ?? /--from=([^\s,]+)/.exec(line)?.[1];
    return image === undefined ? [] : [image.replaceAll(/\$\{(\w+)\}/g, (_, key) => values.get(key) ?? '')];
  });
  return [
    ...images
      .filter((image) => !stages.has(image) && !byDigest.test(image))
      .map((image) => `${name}: the image ${image} has no digest`),
    ...lines.filter(isUnlocked).map((line) => `${name}: downloads what is not locked: ${line.trim()}`),
  ];
}

/** @param {string} line */
function isUnlocked(line) {
  if (/^#\s*syntax=/.test(line)) return !byDigest.test(line.trim());
  if (/^\s*#/.test(line)) return false;
  return /\bnpx\b|\bnpm (?:i|install|exec|x|add)\b|\bapt(?:-get)? install\b|\bcurl\b|\bwget\b|^ADD\s+https?:/.test(
    line,
  );
}

/**
 * Problems of a compose file: an image of another party without a digest, or a service that may dump core.
 * @param {string} name
 * @param {{ services?: Record<string, { image?: string, build?: unknown, ulimits?: { core?: number } }> }} compose
 * @returns {string[]}
 */
export function checkCompose(name, { services = {} }) {
  const own = new Set(Object.values(services).flatMap(({ image, build }) => (build === undefined ? [] : [image])));
  return Object.entries(services).flatMap(([service, { image = '', ulimits }]) => [
    ...(own.has(image) || byDigest.test(image) ? [] : [`${name}: ${service}: the image ${image} has no digest`]),
    ...(ulimits?.core === 0 ? [] : [`${name}: ${service} may dump core (ulimits.core is not 0)`]),
  ]);
}
