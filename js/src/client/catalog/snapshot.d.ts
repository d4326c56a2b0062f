// The snapshot is one file for both languages, outside of this folder; its type is in facts.ts.
declare module "*/runware_models.json" {
  export const models: unknown;
}
