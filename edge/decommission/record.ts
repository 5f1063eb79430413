import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Backlog } from '../buffer/backlog.ts';
import type { KeyRevocation } from '../uplink/revocation.ts';
import { type Belonging, recordName } from './belongings.ts';
import { incomplete, syncFolder } from './erasure.ts';

/** What a decommissioning that has begun knows, so that it can go on after a power cut. Holds no secret. */
export interface DecommissionRecord {
  readonly version: 1;
  /** UTC epoch ms. */
  readonly begunAt: number;
  readonly gateway: {
    readonly name: string;
    readonly id: string | null;
    readonly tenantId: string | null;
    /** SHA-256 of the public key's 32 bytes, hexadecimal. */
    readonly keySha256: string | null;
  };
  readonly cloudUrl: string | null;
  readonly lost: Backlog | null;
  readonly files: readonly Belonging[];
  /** null: the cloud was not asked yet. */
  readonly revocation: (KeyRevocation & { readonly at: number }) | null;
}

/** undefined when none has begun here. @throws Problem `decommission-incomplete` */
export function readRecord(folder: string): DecommissionRecord | undefined {
  const file = join(folder, recordName);
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DecommissionRecord;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw incomplete(file, messageOf(error));
  }
}

/** Durable before it returns. */
export function writeRecord(folder: string, record: DecommissionRecord): DecommissionRecord {
  const file = join(folder, recordName);
  writeFileSync(`${file}.draft`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.draft`, file);
  syncFolder(folder);
  return record;
}

export function removeRecord(folder: string): void {
  for (const name of [`${recordName}.draft`, recordName]) rmSync(join(folder, name), { force: true });
  syncFolder(folder);
}

/** An agent in a folder half erased would make itself a new key there. @throws Problem `decommission-unfinished` */
export function refuseUnfinished(folder: string): void {
  if (!existsSync(join(folder, recordName))) return;
  throw new Problem({
    code: 'decommission-unfinished',
    detail: `the gateway in ${folder} is being taken out of service, and that has not ended`,
    advice: 'Let it end: gongfu-edge decommission -c FILE --yes; a gateway that is to run needs another buffer.path.',
    reaction: 'stop',
  });
}
