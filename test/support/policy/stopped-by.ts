import assert from "node:assert/strict";
import type { BadStack } from "./bad-stacks";
import { type PolicyEvent, type Preview, summary } from "./pack-preview";

/** What is compared of a violation. */
type Found = Pick<PolicyEvent, "policy" | "message">;

/** Every message has the four parts; the policy's own says which object and what is wrong with it. */
export function assertStoppedBy(bad: BadStack, violations: readonly Found[]): void {
  const stoppers = [...new Set(violations.map((violation) => violation.policy))];
  const messages = violations.map(({ message }) => message);
  assert.deepEqual(stoppers, [bad.policy], messages.join("\n"));
  for (const message of messages)
    assert.match(message, /^.+\.\n.+\n {2}found: {3}.+\n {2}allowed: .+\n {2}fix: {5}.+\n$/);
  assert.match(messages.join("\n"), bad.found);
}

/** The same of a preview that ended with an error. */
export function assertStopped(bad: BadStack, preview: Preview): void {
  assert.notEqual(preview.code, 0, preview.output);
  assert.ok(preview.violations.length > 0, summary(preview.advice).join("\n"));
  assertStoppedBy(bad, preview.violations);
}
