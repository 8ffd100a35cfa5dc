/**
 * The files of the page: the built browser client, and a user's own scene with what lies beside it.
 */
import { HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, dirname, extname, join, normalize, sep } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

const compress = promisify(gzip)

const types: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".wav": "audio/wav"
}

/** What a scene may bring along from its own directory; nothing else there is served. */
const sceneExtensions = new Set([".js", ".mjs", ".svg", ".png", ".jpg", ".webp", ".mp3", ".ogg", ".wav"])

const compressible = new Set([".html", ".js", ".mjs", ".css", ".svg", ".json", ".webmanifest"])

/** Vite names what never changes by its hash. */
const isHashed = (path: string): boolean => /-[\w-]{8}\.\w+$/.test(path)

/** The file at a path below a directory, or null where the path leads out of it or to hidden files. */
const within = (directory: string, path: string): string | null => {
  const wanted = normalize(path)
  if (wanted.includes("\0") || wanted.split(sep).some((part) => part.startsWith("."))) return null
  return join(directory, wanted)
}

export const notFound = HttpServerResponse.text("There is nothing here.\n", { status: 404 })

interface Kept {
  readonly plain: Uint8Array
  readonly packed: Uint8Array
}

export interface PageFiles {
  /** A file of the browser client. */
  readonly client: (path: string, gzip: boolean) => Effect.Effect<HttpServerResponse.HttpServerResponse>
  /** `/scene.js`: the user's module, at its own place, so that what it imports beside itself is found. */
  readonly scene: Effect.Effect<HttpServerResponse.HttpServerResponse>
  readonly besideScene: (name: string) => Effect.Effect<HttpServerResponse.HttpServerResponse>
}

const missingClient = HttpServerResponse.text(
  "The browser client is not built. Run \"npm run build\" in the folder of hostless, then load this page again.\n",
  { status: 503 }
)

/** The browser client's files, seen from the program, from the compiled layers, and from the sources. */
const places = ["../web/", "../../web/", "../../../dist/web/"]

/** The directory of the browser client's files that has this one, or null where nothing is built. */
export const built = (page: string): string | null =>
  places.map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((directory) => existsSync(`${directory}${page}`)) ?? null

/** Hashed files are read once and kept; everything else is read anew each time. */
export const make = (webRoot: string | null, scene: string | null): PageFiles => {
  const kept = new Map<string, Kept>()

  const read = async (file: string): Promise<Kept | null> => {
    const known = kept.get(file)
    if (known !== undefined) return known
    const plain = await readFile(file).catch(() => null)
    if (plain === null) return null
    const packed = compressible.has(extname(file)) ? await compress(plain) : plain
    const content = { plain, packed }
    if (isHashed(file)) kept.set(file, content)
    return content
  }

  const respond = (file: string | null, gzip: boolean) =>
    Effect.promise(async () => {
      const type = file === null ? undefined : types[extname(file)]
      if (file === null || type === undefined) return notFound
      const content = await read(file)
      if (content === null) return notFound
      const pack = gzip && compressible.has(extname(file))
      return HttpServerResponse.uint8Array(pack ? content.packed : content.plain, {
        contentType: type,
        headers: {
          "cache-control": isHashed(file) ? "public, max-age=31536000, immutable" : "no-cache",
          vary: "accept-encoding",
          ...(pack && { "content-encoding": "gzip" })
        }
      })
    })

  return {
    client: (path, gzip) => webRoot === null ? Effect.succeed(missingClient) : respond(within(webRoot, path), gzip),
    scene: Effect.succeed(
      scene === null
        ? notFound
        : HttpServerResponse.text(`export { default } from ${JSON.stringify(`/scene/${basename(scene)}`)}\n`, {
          contentType: types[".js"],
          headers: { "cache-control": "no-cache" }
        })
    ),
    besideScene: (name) =>
      scene === null || !sceneExtensions.has(extname(name))
        ? Effect.succeed(notFound)
        : respond(within(dirname(scene), name), false)
  }
}
