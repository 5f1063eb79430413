import { flux, fluxExpression, fluxString } from '@influxdata/influxdb-client';
import type { QuarantineRecord } from '../history-store.ts';
import type { MovableHistory, PlacedQuarantine, QuarantinePage } from '../movable-history.ts';
import { cursorInvalid } from '../page-cursor.ts';
import type { InfluxLink } from './influx-link.ts';
import { stringField, tagValue } from './line-encoder.ts';
import { latestMs } from './point-scheme.ts';
import { rangeOf } from './raw-rows.ts';

/** What a record is known by, and how many bytes it has. */
interface Head {
  readonly gateway: string;
  readonly time: string;
  readonly size: number;
}

const everything = rangeOf(0, latestMs)!;
/** Of a text field; the server takes about a million. */
const chunkBytes = 393_216;
const bytesMax = 256 * 1024 * 1024;
const pageBytesMax = 8 * 1024 * 1024;
const detailMax = 60_000;
const placesPerMillisecond = 1_000_000;

/** What no store would take, in points of the measurement `quarantine`: some words, and the bytes in pieces. */
export class QuarantineLedger {
  readonly #link: InfluxLink;
  #bytes = 0;
  #kept = 0;

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  async open(): Promise<void> {
    this.#bytes = (await this.#heads()).reduce((sum, { size }) => sum + size, 0);
  }

  async keep(record: QuarantineRecord): Promise<void> {
    const isFull = this.#bytes + record.bytes.length > bytesMax;
    const bytes = isFull ? new Uint8Array(0) : record.bytes;
    const detail = isFull
      ? `${record.detail} (${record.bytes.length} bytes not kept: quarantine is full)`
      : record.detail;
    this.#kept = (this.#kept + 1) % placesPerMillisecond;
    await this.restore({ ...record, detail, bytes, place: this.#kept });
  }

  async restore({ place, ...record }: PlacedQuarantine): Promise<void> {
    const { gatewayId, epoch, sequence, ingestTime, code, detail, bytes } = record;
    const time = `${ingestTime}${String(place).padStart(6, '0')}`;
    const series = `quarantine,g=${tagValue(gatewayId)}`;
    const words = `code=${stringField(code)},detail=${stringField(detail.slice(0, detailMax))}`;
    const lines = [`${series} epoch=${epoch}i,sequence=${sequence}i,size=${bytes.length}i,${words} ${time}`];
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const chunk = Buffer.from(bytes.subarray(at, at + chunkBytes)).toString('base64');
      lines.push(`${series} bytes${at / chunkBytes}="${chunk}" ${time}`);
    }
    for (const line of lines) await this.#link.write(line);
    this.#bytes += bytes.length;
  }

  /** By time, then gateway. */
  async page({ limit, cursor = '0' }: Parameters<MovableHistory['quarantined']>[0]): Promise<QuarantinePage> {
    if (!/^\d{1,15}$/.test(cursor)) throw cursorInvalid();
    const heads = (await this.#heads()).slice(Number(cursor));
    const records: QuarantineRecord[] = [];
    let bytes = 0;
    for (const head of heads.slice(0, limit)) {
      if (bytes > pageBytesMax) break;
      records.push(await this.#read(head));
      bytes += head.size;
    }
    const next = Number(cursor) + records.length;
    return records.length < heads.length ? { records, cursor: String(next) } : { records };
  }

  async #heads(): Promise<Head[]> {
    const heads: Head[] = [];
    await this.#link.read(
      flux`|> ${everything} |> filter(fn: (r) => r._measurement == "quarantine" and r._field == "size") |> keep(columns: ["_time", "_value", "g"])`,
      (row, columns) => {
        heads.push({
          gateway: row[columns.gateway]!,
          time: nanosecondsOf(row[columns.time]!),
          size: Number(row[columns.value]),
        });
      },
    );
    return heads.sort((a, b) => compare(BigInt(a.time), BigInt(b.time)) || compare(a.gateway, b.gateway));
  }

  async #read({ gateway, time, size }: Head): Promise<QuarantineRecord> {
    const fields = new Map<string, string>();
    const range = `range(start: time(v: ${time}), stop: time(v: ${BigInt(time) + 1n}))`;
    await this.#link.read(
      flux`|> ${fluxExpression(range)}
        |> filter(fn: (r) => r._measurement == "quarantine" and r.g == ${fluxString(gateway)}) |> keep(columns: ["_value", "_field"])`,
      (row, columns) => fields.set(row[columns.field]!, row[columns.value]!),
    );
    const chunks = Array.from({ length: Math.ceil(size / chunkBytes) }, (_, i) => fields.get(`bytes${i}`) ?? '');
    return {
      gatewayId: decodeURIComponent(gateway),
      epoch: Number(fields.get('epoch')),
      sequence: Number(fields.get('sequence')),
      ingestTime: Number(BigInt(time) / BigInt(placesPerMillisecond)),
      code: fields.get('code') ?? '',
      detail: fields.get('detail') ?? '',
      bytes: new Uint8Array(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, 'base64')))),
    };
  }
}

function compare<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Exact, as text: it is beyond 2^53. */
function nanosecondsOf(text: string): string {
  const milliseconds = Date.parse(`${text.slice(0, 19)}Z`);
  return `${milliseconds / 1000}${text.slice(20, -1).padEnd(9, '0')}`;
}
