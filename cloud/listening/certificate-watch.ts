import { readFile } from 'node:fs/promises';
import type { Clock } from '@gongfu/shared/base/clock';
import type { Part } from '@gongfu/shared/base/lifecycle';
import type { Logger } from '@gongfu/shared/base/logger';
import { messageOf, Problem } from '@gongfu/shared/base/problem';
import { Signal } from '@gongfu/shared/base/signal';
import { type Certificate, type CertificateFiles, readCertificate } from './certificate.ts';

const lookEveryMs = 5_000;
const dayMs = 24 * 3_600_000;
const warnBeforeMs = 30 * dayMs;

/**
 * Looks at the certificate files again and again: a renewed pair is taken over without a restart, a faulty one is named
 * and the old one served on. Looks by content, because renewals swap links, and file events miss those.
 */
export class CertificateWatch implements Part {
  readonly #files: CertificateFiles;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** What the files held when they were last judged. */
  #seen = '';
  #current: Certificate | undefined;
  #told = '';
  #warnedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  /** Told after another pair has been taken over. */
  readonly changed: Signal<Certificate>;

  constructor(options: { files: CertificateFiles; clock: Clock; log: Logger }) {
    this.#files = options.files;
    this.#clock = options.clock;
    this.#log = options.log;
    this.changed = new Signal((error) =>
      this.#log.error({ error: messageOf(error) }, 'certificate: a listener failed'),
    );
  }

  /** Reads the files for the first time. @throws Problem as `readCertificate` */
  async start(): Promise<void> {
    if (this.#cancel !== undefined) return;
    this.#seen = await this.#content();
    this.#current = readCertificate(this.#files, this.#clock.now());
    this.#warn();
    this.#later();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The pair that is served. @throws Error before the start */
  get current(): Certificate {
    if (this.#current === undefined) throw new Error('the certificate was not read yet');
    return this.#current;
  }

  #later(): void {
    this.#cancel = this.#clock.after(lookEveryMs, () => {
      void this.#look().then(() => {
        if (this.#cancel !== undefined) this.#later();
      });
    });
  }

  async #look(): Promise<void> {
    try {
      const content = await this.#content();
      if (content !== this.#seen) this.#takeOver(content);
      this.#warn();
    } catch (error) {
      this.#tell(error);
    }
  }

  #takeOver(content: string): void {
    const fresh = readCertificate(this.#files, this.#clock.now());
    // Only now: between the two files of a renewal the pair does not fit, and is looked at again.
    this.#seen = content;
    this.#current = fresh;
    this.#told = '';
    this.#warnedAt = Number.NEGATIVE_INFINITY;
    this.#log.info({ pin: fresh.pin, validTo: new Date(fresh.validTo).toISOString() }, 'the certificate was renewed');
    this.changed.emit(fresh);
  }

  /** Missing files are another content: judging them then says what is wrong. */
  async #content(): Promise<string> {
    const texts = await Promise.all(
      [this.#files.certificate, this.#files.key].map((file) => readFile(file, 'utf8').catch(() => '')),
    );
    return texts.join('\0');
  }

  #tell(error: unknown): void {
    const message = messageOf(error);
    if (message === this.#told) return;
    this.#told = message;
    const problem = error instanceof Problem ? { code: error.code, advice: error.advice } : {};
    this.#log.error(
      problem,
      `the certificate files changed and cannot be used, the old ones are served on: ${message}`,
    );
  }

  #warn(): void {
    const now = this.#clock.now();
    const leftMs = this.current.validTo - now;
    if (leftMs > warnBeforeMs || now - this.#warnedAt < dayMs) return;
    this.#warnedAt = now;
    const validTo = new Date(this.current.validTo).toISOString();
    this.#log.warn({ validTo }, leftMs > 0 ? 'the certificate runs out soon: renew it' : 'the certificate ran out');
  }
}
