// Wraps comment lines that are longer than the formatter's width, which the formatter itself leaves
// alone.
// Guarantees: changes nothing but white space inside comments; a line that fits is only touched
// where words of the line before flow into it; lists, tables, drawings, URLs and lines of code in a
// comment keep their lines.
// Example: wrapComments('// a line that is too long …\nconst a = 1;\n', 100)

type Comment = { readonly lead: string; readonly text: string };

/** The text with its long comment lines wrapped at `columns`. */
export function wrapComments(text: string, columns: number): string {
  const out: string[] = [];
  let carried: Comment | undefined;
  for (const line of openLongBlocks(text.split('\n'), columns)) {
    const comment = read(line);
    let current = line;
    if (carried !== undefined) {
      if (comment?.lead === carried.lead && continues(comment.text)) {
        current = `${carried.lead}${carried.text} ${comment.text}`;
      } else {
        out.push(carried.lead + carried.text);
      }
      carried = undefined;
    }
    const [head, rest] = split(current, columns);
    out.push(head);
    carried = rest;
    while (carried !== undefined && (carried.lead + carried.text).length > columns) {
      const [next, more] = split(carried.lead + carried.text, columns);
      if (more === undefined) break;
      out.push(next);
      carried = more;
    }
  }
  if (carried !== undefined) out.push(carried.lead + carried.text);
  return out.join('\n');
}

/** A long documentation comment on one line becomes a block of three, so that it can be wrapped. */
function openLongBlocks(lines: readonly string[], columns: number): readonly string[] {
  return lines.flatMap((line) => {
    const block = /^(?<indent>\s*)\/\*\* (?<text>.+) \*\/$/u.exec(line)?.groups;
    if (block === undefined || line.length <= columns) return [line];
    const indent = block['indent'] ?? '';
    return [`${indent}/**`, `${indent} * ${block['text'] ?? ''}`, `${indent} */`];
  });
}

/** A line that is a comment and nothing else: its lead (indent and mark) and its words. */
function read(line: string): Comment | undefined {
  const match = /^(?<lead>\s*(?:\/\/|\*) )(?<text>\S.*)$/u.exec(line)?.groups;
  return match && { lead: match['lead'] ?? '', text: match['text'] ?? '' };
}

/** False for lines that begin something of their own. */
function continues(text: string): boolean {
  return !/^(?:[-*|+@#`]|\d+[.)]|[A-Z][\w ]{0,30}:|Example|Guarantees|https?:)|[│┌└─]/u.test(text);
}

function split(line: string, columns: number): readonly [string, Comment | undefined] {
  const comment = read(line);
  if (comment === undefined || line.length <= columns) return [line, undefined];
  if (/\|.*\||[│┌└─]/u.test(comment.text)) return [line, undefined];
  const at = line.lastIndexOf(' ', columns);
  if (at <= comment.lead.length) return [line, undefined];
  const rest = line.slice(at + 1).trimStart();
  return [line.slice(0, at).trimEnd(), { lead: comment.lead, text: rest }];
}
