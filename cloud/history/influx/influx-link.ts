import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import {
  type Cancellable,
  type FluxTableMetaData,
  flux,
  fluxString,
  HttpError,
  InfluxDB,
  type ParameterizedQuery,
  type QueryApi,
} from '@influxdata/influxdb-client';
import { post } from './influx-post.ts';
import { bucketUnfit, readFault, tooLong, unavailable, writeFault } from './influx-problems.ts';

/** Where the server is and who we are to it. */
export interface InfluxAddress {
  readonly url: string;
  readonly token: string;
  readonly org: string;
  readonly bucket: string;
}

/** A table of an answer, by the columns this program asks for. */
export type TakeRow = (row: readonly string[], columns: ColumnPlaces) => void;

export interface ColumnPlaces {
  readonly time: number;
  readonly value: number;
  readonly field: number;
  readonly tag: number;
  readonly gateway: number;
}

/** How long the server may take to answer, ms. */
export interface InfluxPatience {
  readonly writeMs: number;
  readonly queryMs: number;
}

interface Bucket {
  readonly id: string;
  readonly retentionRules: readonly { readonly everySeconds: number }[];
}

const askTimeoutMs = 5_000;
/** Small bodies are not worth the processor; between machines line protocol is a tenth when compressed. */
const gzipThresholdBytes = 2_000;
const packed = promisify(gzip);

/**
 * The requests to one bucket. Each ends by a deadline of its own: the client's counts idle time only and leaves the
 * connection open. Nothing is kept or sent again here; what failed is told to who asked.
 */
export class InfluxLink {
  readonly #address: InfluxAddress;
  readonly #clock: Clock;
  readonly #patience: InfluxPatience;
  readonly #isLocal: boolean;
  /** Without a slash at its end, and as the client takes an address that ends in `/api/v2`. */
  readonly #place: string;
  #agent: HttpAgent | undefined;
  #client: InfluxDB | undefined;
  #queries: QueryApi | undefined;

  constructor(options: { address: InfluxAddress; clock: Clock; patience: InfluxPatience }) {
    this.#address = options.address;
    this.#clock = options.clock;
    this.#patience = options.patience;
    const { hostname, origin, pathname } = new URL(options.address.url);
    this.#isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
    this.#place = origin + pathname.replace(/\/$/, '').replace(/\/api\/v2$/, '');
  }

  open(): void {
    const { url, token, org } = this.#address;
    const agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 32 });
    this.#agent = agent;
    // The client's own deadline is never the first one.
    this.#client = new InfluxDB({ url, token, timeout: 3_600_000, transportOptions: { agent } });
    this.#queries = this.#client.getQueryApi({ org, type: 'flux' });
  }

  close(): void {
    this.#agent?.destroy();
    this.#client = undefined;
    this.#queries = undefined;
  }

  /** Durable when it resolves: the server answers after its write-ahead log. @throws WriteRefused, Problem */
  write(body: string | Uint8Array): Promise<void> {
    const { org, bucket } = this.#address;
    const place = new URLSearchParams({ org, bucket, precision: 'ns' });
    return this.#change(`/api/v2/write?${place}`, body, 'text/plain; charset=utf-8');
  }

  /** The bucket as this token sees it. @throws Problem `history-bucket-unfit`, `history-denied`, `history-unavailable` */
  async bucketId(): Promise<string> {
    const { org, bucket } = this.#address;
    const named = new URLSearchParams({ org, name: bucket });
    const found = (await this.#buckets(`/api/v2/buckets?${named}`))[0];
    if (found === undefined) {
      throw bucketUnfit(
        `InfluxDB has no bucket ${bucket} of an organisation ${org} that this token sees`,
        'Make the bucket, without a retention period, or give the token the right to read and write it.',
      );
    }
    if (found.retentionRules.some(({ everySeconds }) => everySeconds > 0)) {
      throw bucketUnfit(
        `bucket ${bucket} has a retention period`,
        'Set it to never: InfluxDB refuses points that are older, also the ledgers the service keeps in the bucket.',
      );
    }
    return found.id;
  }

  /** What the server tells about itself; undefined where it does not. */
  async metrics(): Promise<string | undefined> {
    try {
      return await this.#get('/metrics');
    } catch {
      return undefined;
    }
  }

  /** Points of a measurement whose times are small numbers, all below `end` nanoseconds. @throws WriteRefused, Problem */
  async delete(measurement: string, end: number): Promise<void> {
    const { org, bucket } = this.#address;
    if (end < 1) return;
    const range = { start: timeOf(0), stop: timeOf(end - 1), predicate: `_measurement="${measurement}"` };
    const place = new URLSearchParams({ org, bucket });
    await this.#change(`/api/v2/delete?${place}`, JSON.stringify(range), 'application/json');
  }

  /** `steps`: what follows `from(bucket)`. Rows are handed over as they come, none is kept. @throws Problem */
  read(steps: ParameterizedQuery, take: TakeRow): Promise<void> {
    const queries = this.#queries;
    if (queries === undefined) return Promise.reject(unavailable('it is stopped'));
    const query = flux`from(bucket: ${fluxString(this.#address.bucket)}) ${steps}`;
    return new Promise((resolve, reject) => {
      let running: Cancellable | undefined;
      const cancel = this.#clock.after(this.#patience.queryMs, () => {
        fail(tooLong(this.#patience.queryMs));
      });
      const fail = (error: Error): void => {
        cancel();
        reject(readFault(error));
        running?.cancel();
      };
      const places = new PlacesOfTables();
      queries.queryRows(query, {
        next(row: string[], table: FluxTableMetaData) {
          try {
            take(row, places.of(table, row));
          } catch (error) {
            fail(error instanceof Error ? error : new Error(messageOf(error)));
          }
        },
        error: fail,
        complete() {
          cancel();
          resolve();
        },
        useCancellable(cancellable) {
          running = cancellable;
        },
      });
    });
  }

  async #change(path: string, body: string | Uint8Array, contentType: string): Promise<void> {
    const agent = this.#agent;
    if (this.#client === undefined || agent === undefined) throw unavailable('it is stopped');
    const headers = { authorization: `Token ${this.#address.token}`, 'content-type': contentType };
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const isPacked = !this.#isLocal && bytes.length > gzipThresholdBytes;
    try {
      const sent = isPacked ? await packed(bytes) : bytes;
      await this.#within(this.#patience.writeMs, (signal) =>
        post(this.#place + path, sent, {
          agent,
          signal,
          headers: isPacked ? { ...headers, 'content-encoding': 'gzip' } : headers,
        }),
      );
    } catch (error) {
      throw error instanceof Problem ? error : writeFault(error);
    }
  }

  async #buckets(path: string): Promise<readonly Bucket[]> {
    try {
      return ((await this.#get(path)) as { buckets: Bucket[] }).buckets;
    } catch (error) {
      if (error instanceof HttpError && error.statusCode === 404) return [];
      throw readFault(error);
    }
  }

  async #get(path: string) {
    const client = this.#client;
    if (client === undefined) throw unavailable('it is stopped');
    return this.#within(askTimeoutMs, (signal) => client.transport.request(path, '', { method: 'GET', signal }));
  }

  async #within<T>(timeoutMs: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const cancel = this.#clock.after(timeoutMs, () => deadline.abort());
    try {
      return await ask(deadline.signal);
    } catch (error) {
      if (deadline.signal.aborted) throw unavailable(`InfluxDB has not answered within ${timeoutMs / 1000} s`, error);
      throw error;
    } finally {
      cancel();
    }
  }
}

function timeOf(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / 1_000_000_000);
  const fraction = String(nanoseconds % 1_000_000_000).padStart(9, '0');
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Each table of an answer may have its columns in another order. */
class PlacesOfTables {
  #table: FluxTableMetaData | undefined;
  #places: ColumnPlaces = { time: -1, value: -1, field: -1, tag: -1, gateway: -1 };

  /** @throws Error what the server found wrong in the middle of its answer */
  of(table: FluxTableMetaData, row: readonly string[]): ColumnPlaces {
    if (table === this.#table) return this.#places;
    this.#table = table;
    const place = (label: string) => table.columns.find((column) => column.label === label)?.index ?? -1;
    if (place('error') >= 0) throw unavailable(`InfluxDB broke off an answer: ${row[place('error')]}`);
    this.#places = {
      time: place('_time'),
      value: place('_value'),
      field: place('_field'),
      tag: place('n'),
      gateway: place('g'),
    };
    return this.#places;
  }
}
