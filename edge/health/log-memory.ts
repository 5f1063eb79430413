export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogLine {
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Whatever else the line carries. */
  readonly fields: Readonly<Record<string, string>>;
}

const linesMax = 500;
const lineLengthMax = 4_000;
const hidden = '•••';
/** A secret shorter than this stands in half of all lines by chance. */
const secretLengthMin = 3;
const secretKey = /password|passphrase|secret|token|authorization|cookie|private/i;
/** As pino numbers them. */
const levelNumbers: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

/** The last 500 lines of the log, without the secrets of the configuration; a stream pino can write to. */
export class LogMemory {
  readonly #lines: LogLine[] = [];
  #secrets: readonly string[] = [];

  /** What must never be shown, whatever line it is in, beside what was told before. */
  hide(secrets: readonly string[]): void {
    const all = new Set([...this.#secrets, ...secrets.filter(({ length }) => length >= secretLengthMin)]);
    // The longest first: a short one may be part of it.
    this.#secrets = [...all].sort((a, b) => b.length - a.length);
  }

  /** One line of JSON as pino writes it. */
  write(text: string): void {
    const line = this.#read(text);
    if (line === undefined) return;
    this.#lines.push(line);
    if (this.#lines.length > linesMax) this.#lines.shift();
  }

  /** Of that level and above, the newest first. */
  newest(level: LogLevel): readonly LogLine[] {
    return this.#lines.filter((line) => levelNumbers[line.level] >= levelNumbers[level]).toReversed();
  }

  #read(text: string): LogLine | undefined {
    let parsed: Record<string, unknown>;
    try {
      parsed = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return undefined;
    }
    const { level, time, msg, ...rest } = parsed;
    const fields = Object.entries(rest).map(([key, value]) => [
      key,
      secretKey.test(key) ? hidden : this.#clean(typeof value === 'string' ? value : JSON.stringify(value)),
    ]);
    return {
      time: Number(time),
      level: logLevels.findLast((one) => levelNumbers[one] <= Number(level)) ?? 'debug',
      message: this.#clean(String(msg ?? '')),
      fields: Object.fromEntries(fields),
    };
  }

  #clean(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) {
      // Within a nested value it stands as JSON writes it.
      for (const written of new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])) {
        clean = clean.replaceAll(written, hidden);
      }
    }
    return clean.replace(/(\/\/[^/\s:@]*):[^/\s@]+@/g, `$1:${hidden}@`).slice(0, lineLengthMax);
  }
}
