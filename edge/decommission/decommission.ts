import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Clock } from '@gongfu/shared/base/clock';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { LostSamples } from '@gongfu/shared/wire/decommission';
import { type Backlog, backlogOf } from '../buffer/backlog.ts';
import { lockFolder } from '../buffer/folder-lock.ts';
import { type Enrolled, type GatewayIdentity, readIdentity } from '../uplink/identity.ts';
import type { KeyRevocation } from '../uplink/revocation.ts';
import { belongingsOf, namesIn } from './belongings.ts';
import { type Certificate, writeCertificate } from './certificate.ts';
import { eraseFile, eraseFolder, incomplete, syncFolder } from './erasure.ts';
import { type DecommissionRecord, readRecord, removeRecord, writeRecord } from './record.ts';

export interface DecommissionOptions {
  readonly gatewayName: string;
  /** `buffer.path`. */
  readonly folder: string;
  readonly cloudUrl: string | undefined;
  /** Brings to the cloud what lies in the buffer, as far as it can; takes the lock of the folder itself. */
  readonly deliver: () => Promise<void>;
  readonly giveUpKey: (key: {
    identity: GatewayIdentity;
    enrolled: Enrolled;
    lost: LostSamples | null;
  }) => Promise<KeyRevocation>;
  /** Without it everything is looked at and nothing changed. */
  readonly confirmed: boolean;
  /** Samples the cloud does not have may go. */
  readonly loseSamples: boolean;
  /** Where the certificate goes. */
  readonly certificateFolder: string;
  /** Files outside of the folder that belong to this installation. */
  readonly leftAlone: readonly string[];
  readonly agentVersion: string;
  readonly host: string;
  readonly clock: Clock;
  /** Told what is being done, after each step that outlives a power cut. */
  readonly onStep: (step: string) => void;
}

/**
 * Takes a gateway out of service: its key is given up in the cloud, everything it keeps is erased, and a certificate says
 * so. What has begun is written down first; stopped anywhere, the next call goes on where it was. undefined when nothing
 * of a gateway is there. @throws Problem `buffer-in-use`, `decommission-…`
 */
export async function decommission(
  options: DecommissionOptions,
): Promise<{ text: string; files: string[] } | undefined> {
  const folder = resolve(options.folder);
  if (namesIn(folder).length === 0) return undefined;
  requirePlace(folder, resolve(options.certificateFolder));
  if (options.confirmed && (await locked(folder, () => mayDeliver(folder)))) {
    options.onStep('delivering what the cloud does not have yet');
    await options.deliver();
  }
  return locked(folder, async () => {
    const begun = readRecord(folder);
    if (begun === undefined && belongingsOf(folder).isEmpty) return undefined;
    if (begun !== undefined && !options.confirmed) throw unconfirmedRest(begun.gateway.name);
    const record = begun ?? (await begin(folder, options));
    const told = record.revocation === null ? await tellCloud(folder, record, options) : record;
    erase(folder, told, options.onStep);
    const certificate = certify(folder, told, options);
    const written = writeCertificate(resolve(options.certificateFolder), certificate);
    removeRecord(folder);
    return written;
  });
}

async function locked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const unlock = lockFolder(folder);
  try {
    return await work();
  } finally {
    unlock();
  }
}

/** Whether something waits that a sound buffer and an enrolled key can bring to the cloud. */
async function mayDeliver(folder: string): Promise<boolean> {
  if (readRecord(folder) !== undefined || identityOf(folder).identity?.enrolled === undefined) return false;
  refuseForeign(folder, belongingsOf(folder).foreign);
  const backlog = await backlogOf(folder);
  return backlog !== undefined && backlog.fault === undefined;
}

async function begin(folder: string, options: DecommissionOptions): Promise<DecommissionRecord> {
  const { gatewayName, cloudUrl, clock, confirmed, loseSamples, onStep } = options;
  // Before anything is counted: nobody shall wait for gigabytes only to hear this.
  refuseForeign(folder, belongingsOf(folder).foreign);
  const lost = (await backlogOf(folder)) ?? null;
  // Counting has opened the store, which leaves a file of locks behind.
  const { files } = belongingsOf(folder);
  const { identity } = identityOf(folder);
  onStep(`${folder}: ${files.length} files, ${files.reduce((sum, { bytes }) => sum + bytes, 0)} bytes`);
  if (!confirmed) throw unconfirmed(gatewayName, lost);
  if (lost !== null && !loseSamples) throw samplesLeft(folder, lost);
  const { enrolled } = identity ?? {};
  return writeRecord(folder, {
    version: 1,
    begunAt: clock.now(),
    gateway: {
      name: gatewayName,
      id: enrolled?.gatewayId ?? null,
      tenantId: enrolled?.tenantId ?? null,
      keySha256: identity === undefined ? null : keySha256(identity),
    },
    cloudUrl: cloudUrl ?? null,
    lost,
    files,
    revocation: null,
  });
}

async function tellCloud(
  folder: string,
  record: DecommissionRecord,
  { giveUpKey, clock, cloudUrl, onStep }: DecommissionOptions,
): Promise<DecommissionRecord> {
  const { identity, fault } = identityOf(folder);
  const { enrolled } = identity ?? {};
  const { lost } = record;
  let revocation: KeyRevocation;
  if (fault !== undefined) revocation = { outcome: 'not-told', detail: fault, refusedAs: null };
  else if (identity === undefined || enrolled === undefined)
    revocation = { outcome: 'not-enrolled', detail: '', refusedAs: null };
  else if (cloudUrl === undefined)
    revocation = { outcome: 'not-told', detail: 'the configuration names no cloud', refusedAs: null };
  else {
    const told = lost && { samples: lost.samples, fromTime: lost.fromTime, toTime: lost.toTime };
    revocation = await giveUpKey({ identity, enrolled, lost: told });
  }
  onStep(`cloud: ${revocation.outcome}${revocation.detail === '' ? '' : ` (${revocation.detail})`}`);
  return writeRecord(folder, { ...record, revocation: { ...revocation, at: clock.now() } });
}

/** Keys first. What a stopped attempt has removed is not there any more; everything still there is in the list too. */
function erase(folder: string, record: DecommissionRecord, onStep: (step: string) => void): void {
  const now = belongingsOf(folder);
  refuseForeign(folder, now.foreign);
  const files = new Map([...record.files, ...now.files].map((file) => [file.path, file]));
  for (const file of [...files.values()].sort((a, b) => Number(b.overwrite) - Number(a.overwrite))) {
    eraseFile(folder, file);
    onStep(`erased ${file.path}`);
  }
  for (const path of now.folders) eraseFolder(folder, path);
  syncFolder(folder);
}

/** Looks at the folder again. @throws Problem `decommission-incomplete` when anything of it is left */
function certify(folder: string, { files, ...record }: DecommissionRecord, options: DecommissionOptions): Certificate {
  const { files: left, folders, foreign, isEmpty } = belongingsOf(folder);
  if (!isEmpty) {
    const found = [...left.map(({ path }) => path), ...folders, ...foreign];
    throw incomplete(join(folder, found.join(', ')), 'it is still there');
  }
  const { agentVersion, host, leftAlone, clock } = options;
  return {
    kind: 'gongfu-decommission-certificate',
    ...record,
    agentVersion,
    host,
    folder,
    finishedAt: clock.now(),
    removed: files,
    leftAlone,
  };
}

/** A key nobody can read any more is erased all the same. */
function identityOf(folder: string): { identity?: GatewayIdentity | undefined; fault?: string } {
  try {
    return { identity: readIdentity(join(folder, 'identity.json')) };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

function keySha256({ publicKey }: GatewayIdentity): string {
  return createHash('sha256')
    .update(Buffer.from(publicKey.x ?? '', 'base64url'))
    .digest('hex');
}

/** Nothing is erased that could not be certified afterwards. */
function requirePlace(folder: string, place: string): void {
  let why = relative(folder, place).startsWith('..') ? '' : 'it lies in the folder that is erased';
  try {
    if (why === '') accessSync(place, constants.W_OK);
  } catch (error) {
    why = messageOf(error);
  }
  if (why === '') return;
  throw new Problem({
    code: 'decommission-no-place',
    detail: `the certificate cannot be written to ${place}: ${why}`,
    advice: 'Name another folder with --certificate; nothing was changed.',
    reaction: 'stop',
  });
}

function refuseForeign(folder: string, foreign: readonly string[]): void {
  if (foreign.length === 0) return;
  throw new Problem({
    code: 'decommission-foreign-files',
    detail: `${folder} holds what gongfu-edge has not made, and that is never erased`,
    advice: 'Move these away or remove them, then run the command again.',
    reaction: 'stop',
    places: foreign.map((where) => ({ where: join(folder, where), what: 'not of this program' })),
  });
}

function samplesLeft(folder: string, lost: Backlog): Problem {
  return new Problem({
    code: 'decommission-samples-left',
    detail: `${folder} holds what the cloud does not have: ${lossText(lost)}`,
    advice:
      'It could not be delivered just now: see that the cloud can be reached and run the command again, or give these up with --lose-samples.',
    reaction: 'stop',
  });
}

function unconfirmed(name: string, lost: Backlog | null): Problem {
  const price =
    lost === null ? '' : `; the cloud does not have ${lossText(lost)}, which is tried to be delivered before`;
  return new Problem({
    code: 'decommission-unconfirmed',
    detail: `this erases the key of gateway ${name} and everything above for ever${price}; nothing was changed yet`,
    advice: 'If that is meant, run the command again with --yes.',
    reaction: 'stop',
  });
}

function unconfirmedRest(name: string): Problem {
  return new Problem({
    code: 'decommission-unconfirmed',
    detail: `gateway ${name} is being taken out of service, and that has not ended: what is left of it is erased for ever`,
    advice: 'To let it end, run the command again with --yes.',
    reaction: 'stop',
  });
}

function lossText({ samples, gaps, conditions, fromTime, toTime, fault }: Backlog): string {
  if (fault !== undefined) return `a buffer that cannot be read (${fault})`;
  const iso = (ms: number) => new Date(ms).toISOString();
  const span = fromTime === null || toTime === null ? '' : ` of ${iso(fromTime)} to ${iso(toTime)}`;
  const rest = [
    ...(gaps === 0 ? [] : [`${gaps} losses it was not told of`]),
    ...(conditions === 0 ? [] : [`${conditions} reports of alarms`]),
  ];
  return [`${samples} samples${span}`, ...rest].join(', and ');
}
