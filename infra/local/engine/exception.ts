// An exception as a ClickHouse server reports it over HTTP: a code, a name, a status. Guarantees
// that every failure leaves here in the one form clients parse: `Code: 60. DB::Exception: …
// (UNKNOWN_TABLE) (version 26.7.2.1)`. The statuses follow ClickHouse's
// src/Server/HTTP/exceptionCodeToHTTPStatus.cpp, the codes its src/Common/ErrorCodes.cpp.
// Example: EngineException.from(new Error('Code: 60. DB::Exception: no table.
// (UNKNOWN_TABLE)')).status === 404.

const STATUS_BY_CODE = new Map<number, number>([
  // text, dates, numbers, addresses and ids that cannot be parsed
  ...group(400, [6, 25, 26, 27, 38, 41, 72, 376, 427, 441, 675, 676]),
  // statements and values that make no sense
  ...group(400, [8, 15, 36, 37, 44, 53, 62, 117, 123, 167, 168, 223, 321]),
  ...group(401, [194]),
  ...group(403, [192, 193, 497, 512, 516]),
  // unknown function, identifier, type, engine, table, aggregate, format, query type, database,
  // setting, …
  ...group(404, [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511]),
  ...group(408, [159]),
  ...group(411, [381]),
  ...group(413, [229]),
  ...group(415, [779]),
  ...group(501, [48]),
  ...group(503, [76, 209, 439]),
]);

function group(status: number, codes: number[]): [number, number][] {
  return codes.map((code) => [code, status]);
}

/** One failure in ClickHouse's own words; `message` is without code and name. */
export class EngineException extends Error {
  readonly errorCode: number;
  readonly errorName: string;

  constructor(errorCode: number, errorName: string, message: string) {
    super(message);
    this.name = 'EngineException';
    this.errorCode = errorCode;
    this.errorName = errorName;
  }

  /** The HTTP status a server answers with. */
  get status(): number {
    return STATUS_BY_CODE.get(this.errorCode) ?? 500;
  }

  /** The body a server answers with. */
  body(version: string): string {
    return `Code: ${this.errorCode}. DB::Exception: ${this.message} (${this.errorName}) (version ${version})\n`;
  }

  /** Reads what the engine threw; anything else becomes 1002 UNKNOWN_EXCEPTION. */
  static from(thrown: unknown): EngineException {
    if (thrown instanceof EngineException) return thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    const code = /Code: (\d+)\./.exec(text);
    const name = /\(([A-Z0-9_]{3,})\)(?:\s*\(version [^)]*\))?\s*$/.exec(text);
    if (code === null) return new EngineException(1002, 'UNKNOWN_EXCEPTION', text);
    const start = text.indexOf('Exception: ');
    const end = name === null ? text.length : name.index;
    const message = text.slice(start < 0 ? 0 : start + 'Exception: '.length, end).trim();
    return new EngineException(Number(code[1]), name?.[1] ?? 'UNKNOWN_EXCEPTION', message);
  }
}
