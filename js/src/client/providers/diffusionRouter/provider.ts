import type { LLMKitError } from "../../errors.ts";
import type { VideoGenerationRequest } from "../../request.ts";
import type { Secret } from "../../secret.ts";
import type { VideoSource } from "../../transport/source.ts";
import type { Cancellation, Model, Provider, Submission, Ticket, Update } from "../provider.ts";

export class DiffusionRouterProvider implements Provider {
  readonly submitLimit = 1;
  readonly pollLimit = undefined;
  constructor(url: string, key: Secret | undefined, warn: (message: string) => void) {
    void [url, key, warn];
  }
  async validate(request: VideoGenerationRequest): Promise<VideoGenerationRequest> {
    return request;
  }
  async submit(_submissions: readonly Submission[]): Promise<Map<string, Ticket | LLMKitError>> {
    return new Map();
  }
  async poll(_taskIds: readonly string[]): Promise<Update[]> {
    return [];
  }
  async lookBack(taskId: string): Promise<Update> {
    return { taskId, state: "unknown" };
  }
  source(update: Update): VideoSource {
    return { url: update.videoUrl, ownOrigin: "" };
  }
  async cancel(_taskId: string): Promise<Cancellation> {
    return { stopped: false, note: "" };
  }
  async estimate(_request: VideoGenerationRequest): Promise<number | undefined> {
    return undefined;
  }
  async models(): Promise<Model[]> {
    return [];
  }
  whereToLook(taskId: string): string {
    return taskId;
  }
}
