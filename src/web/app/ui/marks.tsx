/** Small pictures of the page. */
import type { JSX } from "react"

/** A player as on the field: a square with eyes. */
export const Face = ({ asleep = false, color }: { readonly color: string; readonly asleep?: boolean }): JSX.Element => (
  <svg className="face" viewBox="0 0 24 24" aria-hidden="true">
    <rect x="2.4" y="2.4" width="19.200" height="19.200" rx="5.800" fill={color} className="face-body" />
    {asleep
      ? <path d="M6 11.500h4.600M13.400 11.500H18" className="face-shut" />
      : (
        <>
          <circle cx="8.300" cy="10.800" r="2.900" fill="#fffdf6" />
          <circle cx="15.700" cy="10.800" r="2.900" fill="#fffdf6" />
          <circle cx="9.100" cy="11.200" r="1.500" fill="#1c1726" />
          <circle cx="16.500" cy="11.200" r="1.500" fill="#1c1726" />
        </>
      )}
  </svg>
)

const paths = {
  sound: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM15.500 9a4 4 0 0 1 0 6M17.800 6.500a7.500 7.500 0 0 1 0 11",
  silence: "M4 9.500v5h3.500L12 18.500v-13L7.500 9.500zM16 9.500l5 5M21 9.500l-5 5",
  share: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.500v2.500H14zM17.500 17.500H20V20h-2.500zM20 14v.01M14 20v.01",
  leave: "M10 4H5v16h5M14 8l4 4-4 4M18 12H9",
  flag: "M6 21V4M6 4.500h11l-2.500 4 2.500 4H6"
} as const

export const Icon = ({ name }: { readonly name: keyof typeof paths }): JSX.Element => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
)
