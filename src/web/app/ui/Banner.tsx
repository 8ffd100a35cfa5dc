/** What happened to the host, said calmly over the field's upper edge. Nothing moves to make room for it. */
import { useAtomValue } from "@effect-atom/atom-react"
import type { JSX } from "react"
import * as state from "../state.ts"

export const Banner = (): JSX.Element => {
  const banner = useAtomValue(state.banner)
  return (
    <div className="banner-place" role="status" aria-live="polite">
      {banner !== null && (
        <div className={`banner banner-${banner.kind}`} key={banner.title}>
          <i className="banner-mark" aria-hidden="true" />
          <div>
            <p className="banner-title">{banner.title}</p>
            {banner.detail !== null && <p className="banner-detail">{banner.detail}</p>}
            {banner.scores.length > 0 && (
              <ul className="banner-scores">
                {banner.scores.map(({ after, before, name }) => (
                  <li key={name}>
                    <b>{name}</b> {before} → {after ?? "gone"}
                  </li>
                ))}
              </ul>
            )}
          </div>
        </div>
      )}
    </div>
  )
}
