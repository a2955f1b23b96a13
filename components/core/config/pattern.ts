/** The regular expression, without anchors, of a pattern in which `*` stands for any text and nothing else is special. */
export function patternSource(pattern: string): string {
  return pattern
    .split("*")
    .map((part) => part.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&"))
    .join(".*");
}
