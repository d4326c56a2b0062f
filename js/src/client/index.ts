// llmkit-jupyter for TypeScript: from a text prompt to a video.
export { type GenerateOptions, LLMKitClient, sleep } from "./client.ts";
export {
  AuthenticationError,
  ConfigurationError,
  ContentFilteredError,
  GenerationFailedError,
  InsufficientCreditError,
  InvalidRequestError,
  InvalidVideoError,
  JobCancelledError,
  JobLostError,
  JobNotFoundError,
  LLMKitError,
  ModelNotFoundError,
  NetworkError,
  NotSupportedError,
  NotTakenError,
  OutputExistsError,
  PermissionDeniedError,
  type ProviderDetails,
  ProviderNotFoundError,
  ProviderTimeoutError,
  RateLimitError,
  ResultExpiredError,
  ServerError,
  SubmissionUnknownError,
  UnreachableError,
  UntrustedServerError,
  VideoTimeoutError,
  VideoTooLargeError,
  WaitAbortedError,
  WrongAddressError,
} from "./errors.ts";
export { VideoJob, type WaitOptions } from "./job.ts";
export type { Model } from "./providers/provider.ts";
export { type RequestFields, VideoGenerationRequest } from "./request.ts";
export {
  type Phase,
  type ResponseFields,
  type SaveOptions,
  type Status,
  type VideoError,
  VideoGenerationResponse,
} from "./response.ts";
export { Secret } from "./secret.ts";
export type { ClientOptions } from "./settings.ts";
