/**
 * Why credentials could not be had.
 *
 * - `invalid`: the file is there and cannot be meant
 * - `unreadable`: the file is there and cannot be read, or must not be
 * - `helper`: a credential helper is missing, failed or answered with something else
 */
export type CredentialsErrorCode = "invalid" | "unreadable" | "helper";

/** A file with credentials, or a credential helper, that is of no use. Its message holds nothing of their content. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
  readonly code: CredentialsErrorCode;

  constructor(code: CredentialsErrorCode, message: string) {
    // No cause: errors of JSON.parse quote the text that they could not read.
    super(message);
    this.code = code;
  }
}
