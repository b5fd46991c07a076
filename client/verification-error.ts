/** Why a request was not accepted as one of ours. */
export type VerificationCode =
  /** A header that this dialect always sends is not there, or is empty. */
  | 'missing_header'
  /** The timestamp is not a whole number of seconds since 1970. */
  | 'malformed_timestamp'
  /** The attempt was made longer ago than the tolerance: perhaps a request recorded and sent again. */
  | 'timestamp_too_old'
  /** The attempt's time is further ahead than the tolerance: look at this machine's clock. */
  | 'timestamp_too_new'
  /** The signature does not have the dialect's form, e.g. its length is wrong. */
  | 'malformed_signature'
  /** The secret, the body or a signed header is not what was signed. */
  | 'signature_mismatch'
  /** The signature is right and the body is not JSON. */
  | 'invalid_json';

/** A request that must be answered with 401 and not be processed. Wrong arguments throw a TypeError instead. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError';
  readonly code: VerificationCode;
  /** The header at fault, as the guide writes it. */
  readonly header: string | undefined;

  constructor(code: VerificationCode, message: string, header?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.header = header;
  }
}
