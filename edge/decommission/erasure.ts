import { randomFillSync } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import type { Belonging } from './belongings.ts';

const blockBytes = 4096;

/** Removes one file, overwritten before when it holds keys. One that is gone already is no fault. @throws Problem `decommission-incomplete` */
export function eraseFile(folder: string, { path, overwrite }: Pick<Belonging, 'path' | 'overwrite'>): void {
  const file = join(folder, path);
  try {
    if (overwrite) overwriteFile(file);
    rmSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw incomplete(file, messageOf(error));
  }
}

/** Removes a folder that is empty. @throws Problem `decommission-incomplete` */
export function eraseFolder(folder: string, path: string): void {
  const file = join(folder, path);
  try {
    rmdirSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw incomplete(file, messageOf(error));
  }
}

/** Makes removals durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Random bytes over all blocks of the file, on the disk before it is cut to nothing. */
function overwriteFile(file: string): void {
  const handle = openSync(file, 'r+');
  try {
    const { size } = fstatSync(handle);
    const block = Buffer.alloc(blockBytes);
    for (let at = 0; at < size; at += blockBytes) writeSync(handle, randomFillSync(block), 0, blockBytes, at);
    fsyncSync(handle);
    ftruncateSync(handle, 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export function incomplete(file: string, why: string): Problem {
  return new Problem({
    code: 'decommission-incomplete',
    detail: `${file} could not be erased: ${why}`,
    advice:
      'Give this user the right to it (or use root), look at the disk, and run the same command again: it goes on.',
    reaction: 'stop',
  });
}
