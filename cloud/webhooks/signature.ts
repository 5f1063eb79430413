import { createHmac } from 'node:crypto';

/**
 * `t=<seconds>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<body>`. The time is signed too, so that a request that was listened to
 * cannot be sent again later.
 */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const seconds = Math.trunc(nowMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
