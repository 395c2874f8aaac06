/** A refusal of Cognito's API: the exception that its reference names for the operation, and a sentence. */

type PoolException =
  | "ConcurrentModificationException"
  | "DuplicateProviderException"
  | "InvalidOAuthFlowException"
  | "InvalidParameterException"
  | "LimitExceededException"
  | "ManagedLoginBrandingExistsException"
  | "MissingAuthenticationTokenException"
  | "NotAuthorizedException"
  | "ResourceNotFoundException"
  | "ScopeDoesNotExistException"
  | "SerializationException"
  | "UnknownOperationException";

export class PoolRefusal extends Error {
  readonly exception: PoolException;

  constructor(exception: PoolException, message: string) {
    super(message);
    this.exception = exception;
  }
}

export function refuse(exception: PoolException, message: string): never {
  throw new PoolRefusal(exception, message);
}
