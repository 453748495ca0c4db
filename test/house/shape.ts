// What files look like: how they open, what they are called, what must not be left in them.
// Guarantees: every rule names the line and the way out.
// Example: libs/event/utils.ts is refused for its name.
import { roomOf } from './arrows.ts';
import type { Node, Rule, SourceFile, Violation } from './source-file.ts';
import { banned, fileRule, isCode, isNode, isTest, walk } from './source-file.ts';

export const headers: Rule = fileRule(
  'every file opens with what it is',
  (path) => /\.(?:ts|mjs|sql)$/u.test(path),
  (file) => {
    const mark = file.path.endsWith('.sql') ? '--' : '//';
    const opens = file.lines.slice(0, 3).some((line) => line.startsWith(mark));
    if (opens || file.path.endsWith('.d.ts')) return [];
    return [banned(file, 1, 'a file without a header', `3–8 lines of ${mark} that say what it is`)];
  },
);

const VAGUE = /^(?:utils?|helpers?|common|manager|misc|shared|stuff)$/u;
const KEBAB = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)+$/u;

export const names: Rule = fileRule('names say what is inside', isCode, (file) => {
  const parts = file.path.split('/');
  const base = parts.at(-1) ?? '';
  const words = parts.flatMap((part, at) =>
    at === parts.length - 1 ? [base.split('.')[0] ?? ''] : [part],
  );
  const vague = words.find(
    (word) => VAGUE.test(word) || /-(?:utils?|helpers?|manager)$/u.test(word),
  );
  if (vague !== undefined) {
    return [banned(file, 1, `the name "${vague}"`, 'the name of what is inside')];
  }
  if (!KEBAB.test(base)) return [banned(file, 1, `the name "${base}"`, 'kebab-case')];
  return [];
});

export const barrels: Rule = fileRule('no barrels', isCode, (file) => {
  const body = (file.code?.program['body'] ?? []) as readonly Node[];
  const passesOn = body.filter(
    (node) =>
      node.type === 'ExportAllDeclaration' ||
      (node.type === 'ExportNamedDeclaration' && isNode(node['source'])),
  );
  const instead = 'an import from the file itself';
  const all = passesOn.find((node) => node.type === 'ExportAllDeclaration');
  if (all !== undefined) return [banned(file, file.lineOf(all.start), 'export *', instead)];
  const first = passesOn[0];
  const isBarrel = passesOn.length === body.length || /(?:^|\/)index\.ts$/u.test(file.path);
  if (first === undefined || !isBarrel) return [];
  return [banned(file, file.lineOf(first.start), 'a barrel', instead)];
});

const LEFTOVER = /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/u;

export const leftovers: Rule = fileRule(
  'nothing is left for later',
  (path) => isCode(path) || /\.(?:sql|ya?ml|sh|avsc)$/u.test(path),
  (file) => {
    const refuse = (line: number): Violation =>
      banned(file, line, 'a mark for later', 'an issue, or do it now');
    if (file.code !== undefined) {
      return file.code.comments
        .filter((comment) => LEFTOVER.test(comment.text))
        .map((comment) => refuse(file.lineOf(comment.start)));
    }
    return file.lines.flatMap((line, at) => (LEFTOVER.test(line) ? [refuse(at + 1)] : []));
  },
);

/** Folders of one machine; written with classes so that this line passes its own rule. */
const MACHINE = /(?<![\w./*-])\/(?:wor[k]|roo[t]|User[s]\/\w+|hom[e]\/\w+)\//u;

export const machinePaths: Rule = fileRule(
  'no path of one machine',
  (path) => path !== 'package-lock.json',
  (file) =>
    file.lines.flatMap((line, at) =>
      MACHINE.test(line)
        ? [banned(file, at + 1, 'a path of one machine', 'a path relative to the repository')]
        : [],
    ),
);

export const titles: Rule = fileRule(
  'one title per page',
  (path) => path.endsWith('.md'),
  (file) => {
    let fenced = false;
    const found = file.lines.flatMap((line, at) => {
      if (/^\s*(?:```|~~~)/u.test(line)) fenced = !fenced;
      return !fenced && /^# \S/u.test(line) ? [at + 1] : [];
    });
    if (found.length === 1) return [];
    const line = found[1] ?? 1;
    return [banned(file, line, `a page with ${found.length} titles`, 'one line "# Title"')];
  },
);

const STATEMENT =
  /\b(?:INSERT\s+INTO|ALTER\s+TABLE|DROP\s+TABLE|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|DATABASE|(?:MATERIALIZED\s+)?VIEW))\b/u;

export const sqlInFiles: Rule = fileRule(
  'SQL lives in .sql files',
  (path) => isCode(path) && !isTest(path) && !/^(?:libs\/clickhouse|infra\/local)\//u.test(path),
  (file) => {
    const found: Violation[] = [];
    walk(file.code?.program, (node) => {
      const text =
        node.type === 'TemplateElement'
          ? (node['value'] as { raw: string }).raw
          : node.type === 'Literal'
            ? node['value']
            : undefined;
      if (typeof text === 'string' && STATEMENT.test(text)) {
        found.push(banned(file, file.lineOf(node.start), 'SQL in code', 'a .sql file'));
      }
    });
    return found;
  },
);

const ROOM = /^(?:(?:libs|services|examples)\/[^/]+|infra\/local|schemas)$/u;

/** Every room has a README that says what it promises and what it never does. */
export const roomReadmes: Rule = {
  name: 'every room says what it promises',
  check: (files) => {
    const rooms = [...new Set(files.map((file) => roomOf(file.path)))].filter((room) =>
      ROOM.test(room),
    );
    return rooms.flatMap((room) => checkReadme(room, files));
  },
};

function checkReadme(room: string, files: readonly SourceFile[]): readonly Violation[] {
  const path = `${room}/README.md`;
  const readme = files.find((file) => file.path === path);
  const text = readme?.text.toLowerCase() ?? '';
  const says = ['promise', 'never'].filter((word) => !text.includes(word));
  if (readme !== undefined && says.length === 0) return [];
  const what = readme === undefined ? 'a room without README.md' : `a README without "${says[0]}"`;
  return [
    {
      path,
      line: 1,
      message: `${what} is banned, use one that says what it promises and never does`,
    },
  ];
}
