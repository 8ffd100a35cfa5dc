/** Letters of the system, in the page's two voices: the same as in the style sheet. */

export const displayFonts =
  "\"Avenir Next Condensed\", \"DIN Condensed\", \"Roboto Condensed\", Bahnschrift, \"Arial Narrow\", " +
  "\"Liberation Sans Narrow\", sans-serif-condensed, Impact, sans-serif"

export const sansFonts =
  "\"Avenir Next\", Avenir, \"Segoe UI Variable Text\", \"Segoe UI\", \"Helvetica Neue\", \"Liberation Sans\", Arial, sans-serif"
