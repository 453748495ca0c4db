// Breaks, cuts and pads text by the columns it takes on a terminal.
// Guarantees: pure; counts what is drawn, so that wide characters and colours do not move a table;
// a word that is longer than a line is cut into lines.
// Example: wrap('one two three', 8) // ['one two', 'three']
import stringWidth from 'string-width';

export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    if (line === '') line = word;
    else if (stringWidth(line) + 1 + stringWidth(word) <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pieces(word: string, width: number): readonly string[] {
  if (stringWidth(word) <= width) return [word];
  const found: string[] = [];
  let piece = '';
  for (const character of word) {
    if (stringWidth(piece + character) > width) {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}

/** At most so many columns, ending with … where something is left out; at a word if one is near. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let head = '';
  for (const character of text) {
    if (stringWidth(head + character) > width - 1) break;
    head += character;
  }
  const space = head.lastIndexOf(' ');
  return `${(space > width / 2 ? head.slice(0, space) : head).replace(/[\s,;:(]+$/u, '')}…`;
}

export function padTo(text: string, width: number, side: 'left' | 'right'): string {
  const room = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return side === 'left' ? text + room : room + text;
}

/** Columns it takes on a terminal. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}
