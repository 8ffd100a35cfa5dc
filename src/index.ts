/** Multiplayer games that outlive their host. Parts by themselves: `/protocol`, `/services`, `/layers`, `/games`. */
export * as Games from "./games/index.ts"
export * as Layers from "./layers/index.ts"
export * as Protocol from "./protocol/index.ts"
export * as Services from "./services/index.ts"
