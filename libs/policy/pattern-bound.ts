// Counts the ways through an RE2 pattern and writes it in JavaScript's syntax, as long as both
// engines read every construct alike. A pattern with unbounded repeats, or one that uses anything
// rarer, has no bounded form.
// Guarantees: a backtracking engine takes at most `limit` steps per starting position of the text.
// Example: boundedForm('a{1,3}|b', 500) → { source: '(?:a{1,3}|b)', flags: 'u' };
// boundedForm('(a+)+', 500) → undefined

/**
 * `steps`: all nodes a backtracking matcher can visit from one position; `paths`: ways to get
 * through.
 * `first`: the ASCII character, in lower case, that every match starts with, where that is known.
 */
type Piece = {
  readonly js: string;
  readonly steps: number;
  readonly paths: number;
  readonly first: string | undefined;
};

class NoBoundedForm extends Error {}

export function boundedForm(
  source: string,
  limit: number,
): { readonly source: string; readonly flags: string } | undefined {
  const head = /^\(\?([is]{1,2})\)/.exec(source);
  const flags = head?.[1] ?? '';
  try {
    const reader = new Reader(source, head?.[0].length ?? 0, flags, limit);
    const piece = reader.alternatives();
    if (!reader.atEnd()) return undefined;
    return { source: piece.js, flags: flags.includes('i') ? 'iu' : 'u' };
  } catch (error) {
    if (error instanceof NoBoundedForm) return undefined;
    throw error;
  }
}

const SETS: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[0-9A-Za-z_]',
  W: '[^0-9A-Za-z_]',
  s: '[\\t\\n\\f\\r ]',
  S: '[^\\t\\n\\f\\r ]',
};
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' };

class Reader {
  private readonly source: string;
  private at: number;
  private readonly ignoreCase: boolean;
  private readonly dotAll: boolean;
  private readonly limit: number;

  constructor(source: string, at: number, flags: string, limit: number) {
    this.source = source;
    this.at = at;
    this.ignoreCase = flags.includes('i');
    this.dotAll = flags.includes('s');
    this.limit = limit;
  }

  atEnd(): boolean {
    return this.at >= this.source.length;
  }

  alternatives(): Piece {
    const branches = [this.sequence()];
    while (this.take('|')) branches.push(this.sequence());
    const [only] = branches;
    if (only !== undefined && branches.length === 1) return only;
    const js = `(?:${branches.map((b) => b.js).join('|')})`;
    return this.bounded({ js, first: undefined, ...together(branches) });
  }

  private sequence(): Piece {
    let whole: Piece = { js: '', steps: 0, paths: 1, first: undefined };
    while (!this.atEnd() && this.peek() !== '|' && this.peek() !== ')') {
      const next = this.repeated(this.atom());
      whole = this.bounded({
        js: whole.js + next.js,
        first: whole.js === '' ? next.first : whole.first,
        steps: whole.steps + whole.paths * next.steps,
        paths: whole.paths * next.paths,
      });
    }
    return whole;
  }

  private atom(): Piece {
    const char = this.next();
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return one(this.charClass());
      case '.':
        return one(this.dotAll ? '[^]' : '[^\\n]');
      case '^':
      case '$':
        return one(char);
      case '\\':
        return one(this.escape(false));
      case '{':
      case '}':
      case ']':
      case '*':
      case '+':
      case '?':
        throw new NoBoundedForm();
      default:
        return one(literal(char), char);
    }
  }

  private group(): Piece {
    if (this.take('?') && !this.take(':')) {
      const name = /^P?<[A-Za-z_][A-Za-z0-9_]*>/.exec(this.source.slice(this.at));
      if (name === null) throw new NoBoundedForm();
      this.at += name[0].length;
    }
    const inner = this.alternatives();
    if (!this.take(')')) throw new NoBoundedForm();
    return { ...inner, js: `(?:${inner.js})` };
  }

  private repeated(atom: Piece): Piece {
    const counts = /^(?:\?|\{([0-9]{1,4})(,([0-9]{1,4})?)?\})/.exec(this.source.slice(this.at));
    if (counts === null) {
      if (this.peek() === '*' || this.peek() === '+') throw new NoBoundedForm();
      return atom;
    }
    this.at += counts[0].length;
    const least = counts[0] === '?' ? 0 : Number(counts[1]);
    const most = counts[0] === '?' ? 1 : counts[2] === undefined ? least : Number(counts[3] ?? NaN);
    if (Number.isNaN(most)) throw new NoBoundedForm();
    let steps = 1;
    let paths = 0;
    for (let count = 0, ways = 1; count <= most; count++, ways *= atom.paths) {
      if (count < most) steps += ways * atom.steps;
      if (count >= least) paths += ways;
      if (steps > this.limit || paths > this.limit) throw new NoBoundedForm();
    }
    // A lazy mark changes which match is found, never whether there is one.
    this.take('?');
    return {
      js: `${atom.js}${counts[0]}`,
      steps,
      paths,
      first: least > 0 ? atom.first : undefined,
    };
  }

  private charClass(): string {
    let js = this.take('^') ? '[^' : '[';
    for (let first = true; first || this.peek() !== ']'; first = false) {
      const char = this.next();
      // Posix classes, and a bracket that RE2 reads as itself: left to RE2.
      if (char === '[' || char === ']') throw new NoBoundedForm();
      js += char === '\\' ? this.escape(true) : char === '-' ? '-' : literal(char);
    }
    this.at++;
    return `${js}]`;
  }

  private escape(inClass: boolean): string {
    const char = this.next();
    const set = SETS[char];
    if (set !== undefined) {
      // A negated set inside a class, or a set whose letters would be folded, has no plain equal.
      if (
        (inClass && set.startsWith('[^')) ||
        (this.ignoreCase && (char === 'w' || char === 'W'))
      ) {
        throw new NoBoundedForm();
      }
      return inClass ? set.slice(1, -1) : set;
    }
    if (!inClass && (char === 'b' || char === 'B')) {
      return this.ignoreCase ? `(?-i:\\${char})` : `\\${char}`;
    }
    if (char === 'x') return this.hexadecimal();
    const control = CONTROLS[char];
    if (control !== undefined) return literal(control);
    if (/[A-Za-z0-9]/.test(char)) throw new NoBoundedForm();
    return literal(char);
  }

  private hexadecimal(): string {
    const digits = /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(this.source.slice(this.at));
    if (digits === null) throw new NoBoundedForm();
    this.at += digits[0].length;
    return `\\u{${digits[1] ?? digits[2]}}`;
  }

  private bounded(piece: Piece): Piece {
    if (piece.steps > this.limit || piece.paths > this.limit) throw new NoBoundedForm();
    return piece;
  }

  private peek(): string {
    return this.source.charAt(this.at);
  }

  private next(): string {
    const code = this.source.codePointAt(this.at);
    if (code === undefined) throw new NoBoundedForm();
    const char = String.fromCodePoint(code);
    this.at += char.length;
    return char;
  }

  private take(char: string): boolean {
    if (this.peek() !== char || this.atEnd()) return false;
    this.at += char.length;
    return true;
  }
}

function one(js: string, char = ''): Piece {
  return { js, steps: 1, paths: 1, first: /^[!-~]$/.test(char) ? char.toLowerCase() : undefined };
}

/**
 * Branches that start with different characters exclude each other: all but one end at their first
 * step.
 */
function together(branches: readonly Piece[]): { readonly steps: number; readonly paths: number } {
  const sum = (pieces: readonly Piece[], of: 'steps' | 'paths') =>
    pieces.reduce((total, piece) => total + piece[of], 0);
  const open = branches.filter((b) => b.first === undefined);
  const groups = [...new Set(branches.map((b) => b.first))]
    .filter((first) => first !== undefined)
    .map((first) => branches.filter((b) => b.first === first));
  const most = (of: 'steps' | 'paths') =>
    sum(open, of) + Math.max(0, ...groups.map((group) => sum(group, of)));
  return { steps: branches.length + most('steps'), paths: most('paths') };
}

/** A character as itself in both classes and sequences of a Unicode pattern. */
function literal(char: string): string {
  if (/[A-Za-z0-9 _]/.test(char)) return char;
  return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
}
