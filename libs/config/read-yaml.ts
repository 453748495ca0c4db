// Reads one YAML file into a plain value that still knows where each part was written.
// Guarantees: a syntax error, a duplicate key or an unknown tag is SPINE_CONFIG_SYNTAX with file,
// line and column; locate() answers for any path, with the nearest written ancestor where the path
// itself is absent. Used for the configuration, policies, prices, the agent registry and the field
// policy.
// Example: const { value, locate } = readYaml(text, 'spine.yaml'); locate(['kafka', 'brokers', 0])
// → 'spine.yaml:3'
import { SpineError } from '@agentspine/outcome/errors';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

/** Keys of maps and indexes of lists, from the root down. */
export type YamlPath = readonly (string | number)[];

export type YamlFile = {
  /**
   * Maps as objects, lists as arrays, scalars by YAML 1.2's core schema; null for an empty file.
   */
  readonly value: unknown;
  /** 'file:line' of the key or list item at the path. Lines count from 1. */
  readonly locate: (path: YamlPath) => string;
};

/** Aliases expand to at most this many nodes, so that a small file cannot become a huge value. */
const ALIASES_MAX = 100;

/**
 * Parses YAML. `fileName` is what messages and locate() call the file. Throws SPINE_CONFIG_SYNTAX.
 */
export function readYaml(text: string, fileName: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    strict: true,
    logLevel: 'error',
  });
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) {
    const at = lines.linePos(problem.pos[0]);
    throw new SpineError('SPINE_CONFIG_SYNTAX', {
      wanted: 'valid YAML 1.2',
      found: problem.message.replace(/\s+/gu, ' '),
      where: `${fileName}:${at.line}:${at.col}`,
    });
  }
  const lineAt = (offset: number): string => `${fileName}:${lines.linePos(offset).line}`;
  return {
    value: toPlain(document, fileName),
    locate: (path) => lineAt(offsetOf(document, path)),
  };
}

function toPlain(document: Document, fileName: string): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    JSON.stringify(value); // throws where an alias holds itself
    return value;
  } catch {
    throw new SpineError('SPINE_CONFIG_SYNTAX', {
      wanted: `aliases that end, at most ${ALIASES_MAX} of them expanded`,
      found: 'more, or one that holds itself',
      where: `${fileName}:1:1`,
    });
  }
}

/** Offset of the deepest written part of the path. */
function offsetOf(document: Document, path: YamlPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    const next = child(document, node, step);
    if (next === undefined) break;
    offset = next.offset ?? offset;
    node = next.node;
  }
  return offset;
}

type Child = { readonly node: unknown; readonly offset: number | undefined };

function child(document: Document, parent: unknown, step: string | number): Child | undefined {
  const holder = isAlias(parent) ? parent.resolve(document) : parent;
  if (isMap(holder)) {
    const pair = holder.items.find((item) => keyText(item.key) === String(step));
    return pair && { node: pair.value, offset: startOf(pair.key) };
  }
  if (isSeq(holder) && typeof step === 'number' && step < holder.items.length) {
    const item = holder.items[step];
    return { node: item, offset: startOf(item) };
  }
  return undefined;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
