import { userInfo } from 'node:os';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { ledgerVersion } from './ledger.ts';

const retryAfterMs = 1000;

export function unwritable(folder: string, cause: unknown): Problem {
  return new Problem({
    code: 'buffer-folder-unwritable',
    detail: `the buffer folder ${folder} cannot be written by user ${userInfo().username}: ${messageOf(cause)}`,
    advice: 'Give this user the right to write there, or set buffer.path to another folder.',
    reaction: 'stop',
    cause,
  });
}

export function inUse(folder: string, pid: number): Problem {
  return new Problem({
    code: 'buffer-in-use',
    detail: `the buffer folder ${folder} is in use by another agent, process ${pid}`,
    advice: 'Stop that agent first, or give this one its own buffer.path.',
    reaction: 'stop',
  });
}

export function newerVersion(file: string, version: number): Problem {
  return new Problem({
    code: 'buffer-newer',
    detail: `the buffer ${file} has format version ${version}; this program reads up to ${ledgerVersion}`,
    advice: 'Run the newer gongfu-edge again, or give this one another buffer.path.',
    reaction: 'stop',
  });
}

export function diskFull(folder: string, freeBytes: number): Problem {
  return new Problem({
    code: 'buffer-disk-full',
    detail: `the disk of the buffer folder ${folder} has ${Math.floor(freeBytes / 2 ** 20)} MiB left`,
    advice: 'Free disk space, or set buffer.maxBytes lower; samples wait in memory and are written once there is room.',
    reaction: 'retry',
    retryAfterMs,
  });
}

export function writeFailed(folder: string, cause: unknown): Problem {
  return new Problem({
    code: 'buffer-write-failed',
    detail: `the buffer in ${folder} could not be written: ${messageOf(cause)}`,
    advice: 'Look at the disk (space, health, mount); the write is tried again.',
    reaction: 'retry',
    retryAfterMs,
    cause,
  });
}
