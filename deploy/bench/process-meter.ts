import { readdirSync, readFileSync } from 'node:fs';

/** What one process has used, from /proc (Linux only). */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Processor seconds of the threads that live now, to the nanosecond: `usageOf` has those that ended too, but only hundredths. */
function ranSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // ended between listing and looking
    }
  }
  return nanoseconds / 1e9;
}

/** Kernel clock ticks per second: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name may hold spaces; the fields after its closing parenthesis do not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpuSeconds, rssBytes: Number(rss?.[1] ?? 0) * 1024 };
}

/** Where resident memory comes from: of the process itself (heap, stacks, malloc), or pages of files it has mapped (its store, its program). */
export function residentOf(pid: number): { readonly anonymousBytes: number; readonly fileBytes: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { anonymousBytes: kilobytes('RssAnon') * 1024, fileBytes: kilobytes('RssFile') * 1024 };
}

/** The most memory a family of processes has had, each at its own moment, in MB: of the kernel's own count, the start included. */
export function peakSinceStart(pid: number): number {
  const peaks = familyOf(pid).map((one) => {
    const status = readFileSync(`/proc/${one}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
  });
  return megabytes(peaks.reduce((sum, bytes) => sum + bytes, 0));
}

/** Process id and those of its descendants. */
export function familyOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...(children === '' ? [] : children.split(' ').flatMap((child) => familyOf(Number(child))))];
  } catch {
    return [];
  }
}

/** Samples memory of a family of processes each second until stopped; the highest sum is what a machine must have. */
export class ProcessMeter {
  readonly #pid: number;
  readonly #start: { readonly cpuSeconds: number; readonly ranSeconds: number };
  readonly #timer: NodeJS.Timeout;
  #rssBytesMax = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#start = this.#sum();
    this.#timer = setInterval(() => this.#look(), 1000);
  }

  stop(): { cpuSeconds: number; rssMBMax: number } {
    clearInterval(this.#timer);
    this.#look();
    const { cpuSeconds, ranSeconds } = this.#sum();
    // Each leaves something out: hundredths begun, threads that ended.
    const used = Math.max(cpuSeconds - this.#start.cpuSeconds, ranSeconds - this.#start.ranSeconds);
    return {
      cpuSeconds: round(used, 3),
      rssMBMax: round(this.#rssBytesMax / 1024 ** 2, 1),
    };
  }

  #look(): void {
    this.#rssBytesMax = Math.max(this.#rssBytesMax, this.#sum().rssBytes);
  }

  #sum(): Usage & { readonly ranSeconds: number } {
    let cpuSeconds = 0;
    let ran = 0;
    let rssBytes = 0;
    for (const pid of familyOf(this.#pid)) {
      try {
        const usage = usageOf(pid);
        cpuSeconds += usage.cpuSeconds;
        rssBytes += usage.rssBytes;
        ran += ranSeconds(pid);
      } catch {
        // ended between listing and looking
      }
    }
    return { cpuSeconds, rssBytes, ranSeconds: ran };
  }
}

/** The highest memory each process of a family has had: of the kernel's own count, so what was between two looks is in it. */
export class FamilyPeaks {
  readonly #bytes = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      for (const one of familyOf(pid)) {
        try {
          const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${one}/status`, 'utf8'));
          if (peak !== null) this.#bytes.set(one, Number(peak[1]) * 1024);
        } catch {
          // ended between listing and looking
        }
      }
    }, 200);
  }

  /** In MB, the process itself first. */
  stop(): number[] {
    clearInterval(this.#timer);
    return [...this.#bytes.values()].map(megabytes);
  }
}

/** The highest memory of one process alone, looked at ten times a second. */
export class RssPeak {
  #bytes = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      try {
        this.#bytes = Math.max(this.#bytes, usageOf(pid).rssBytes);
      } catch {
        // It has ended; who waits for it hears of it elsewhere.
      }
    }, 100);
  }

  /** In MB. */
  stop(): number {
    clearInterval(this.#timer);
    return megabytes(this.#bytes);
  }
}

export function megabytes(bytes: number): number {
  return round(bytes / 1024 ** 2, 1);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Percentiles of a list in its own unit. */
export function percentiles(values: readonly number[]): { p50: number; p95: number; p99: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return {
    p50: round(at(0.5), 2),
    p95: round(at(0.95), 2),
    p99: round(at(0.99), 2),
    max: round(sorted.at(-1) ?? Number.NaN, 2),
  };
}
