import { StatusCode } from '@gongfu/shared/model/quality';

/** Why one request has no values: the status its tags get, and the exception code when the source itself refused. */
export class RequestFault extends Error {
  readonly statusCode: number;
  readonly exceptionCode: number | undefined;

  constructor(what: string, statusCode: number, exceptionCode?: number) {
    super(what);
    this.name = 'RequestFault';
    this.statusCode = statusCode;
    this.exceptionCode = exceptionCode;
  }

  /** The source does not have all of these addresses, or not so many at once: fewer may do. */
  get refusesRange(): boolean {
    return this.exceptionCode === 2 || this.exceptionCode === 3;
  }

  /** The source, or a gateway before it, may have done it all the same, or may still do it. */
  get leavesOpen(): boolean {
    return this.exceptionCode === undefined || this.exceptionCode === 5 || this.exceptionCode === 11;
  }

  /** Nobody answers behind this unit id, whatever is asked. */
  get unitIsSilent(): boolean {
    return this.statusCode === StatusCode.BadTimeout || this.exceptionCode === 10 || this.exceptionCode === 11;
  }
}

/** No byte of the request has gone, nor will. */
export class UnsentFault extends RequestFault {
  readonly reason: 'source-down' | 'withheld';

  constructor(what: string, statusCode: number, reason: 'source-down' | 'withheld' = 'source-down') {
    super(what, statusCode);
    this.name = 'UnsentFault';
    this.reason = reason;
  }
}

const exceptions: Readonly<Record<number, readonly [what: string, statusCode: number]>> = {
  1: ['function not supported', StatusCode.BadNotSupported],
  2: ['address does not exist', StatusCode.BadNotFound],
  3: ['count not allowed', StatusCode.BadInvalidArgument],
  4: ['failure in the source', StatusCode.BadDeviceFailure],
  5: ['accepted, no answer yet', StatusCode.BadRequestNotComplete],
  6: ['busy', StatusCode.BadResourceUnavailable],
  8: ['memory parity error', StatusCode.BadDeviceFailure],
  10: ['gateway has no path to the unit', StatusCode.BadNoCommunication],
  11: ['unit behind the gateway does not answer', StatusCode.BadNoCommunication],
};

export function exceptionFault(code: number): RequestFault {
  const [what, statusCode] = exceptions[code] ?? ['unknown exception', StatusCode.BadUnexpectedError];
  return new RequestFault(`exception ${code}: ${what}`, statusCode, code);
}
