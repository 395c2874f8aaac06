/** Why a credential is not believed. The reason is for the operator's log; the caller gets one and the same answer for all. */

export type RefusalReason =
  | "credential.absent"
  | "credential.doubled"
  | "credential.not_bearer"
  | "api_key.malformed"
  | "token.too_large"
  | "token.not_canonical"
  | "token.bad_json"
  | "token.bad_header"
  | "token.unknown_key"
  | "token.bad_signature"
  | "token.bad_claim";

/** Thrown for what the caller brought; anything else that is thrown while a credential is looked at is a fault of ours. */
export class CredentialRefusal extends Error {
  readonly reason: RefusalReason;
  /** The header member or claim that is missing or wrong. */
  readonly member: string | undefined;

  constructor(reason: RefusalReason, member?: string) {
    super(member === undefined ? reason : `${reason}: ${member}`);
    this.name = "CredentialRefusal";
    this.reason = reason;
    this.member = member;
  }
}

export function refuse(reason: RefusalReason, member?: string): never {
  throw new CredentialRefusal(reason, member);
}
