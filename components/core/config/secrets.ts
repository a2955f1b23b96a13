import type { Path } from "./yaml-decode";

/** Stands for a secret's value wherever the config is looked at: only the Kubernetes Secret gets to see it. */
export const SECRET_PLACEHOLDER = "[secret]";

// A URL parser takes any number of slashes of both kinds after "https:", and none (WHATWG URL, "special authority
// slashes"); for another scheme one is no authority.
// Every part has a length, so that a long text takes no longer than it is.
const USER_INFO =
  /(?<![a-z\d])([a-z][a-z\d+.-]{0,30}:[/\\]{1,8})((?:[^\s/\\@:'"`*%?#]|%[\da-f]{2}){1,512}(?::[^\s@'"`]{0,512})?)@/gi;

/** Whether a text holds a URL with a user name or a password in it, however it is spelled. */
export function hasCredentials(text: string): boolean {
  return text.search(USER_INFO) >= 0;
}

/** The text without user names and passwords of URLs. */
export function maskCredentials(text: string): string {
  return text.replace(USER_INFO, "$1***@");
}

/** Whether a secret may stand at, above or below a path: the value there is never shown. */
export function mayHoldSecret(path: readonly PropertyKey[], secretPaths: readonly Path[]): boolean {
  return secretPaths.some((secret) => {
    const common = Math.min(secret.length, path.length);
    return common > 0 && secret.slice(0, common).every((part, index) => part === path[index]);
  });
}

const SHOWN_CHARACTERS = 60;

/**
 * A value as an error shows it: one line, at most 60 characters of a text that can hold no secret, and of anything else
 * what it is. What is cut would no longer be what Pulumi masks, so nothing secret may get here in the first place.
 */
export function describeValue(value: unknown, hidden: boolean): string {
  if (Array.isArray(value)) return value.length === 1 ? "a list of 1" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "a map";
  // What has an @ or a ? may be a URL with a password or a token, misspelled.
  if (typeof value === "string" && (hidden || /[@?]/.test(value))) return "a text (not shown)";
  if (hidden && value !== undefined && value !== null) return `a ${typeof value} (not shown)`;
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}
