/** Falco's priorities, the most severe first. */
export const PRIORITIES = [
  "Emergency",
  "Alert",
  "Critical",
  "Error",
  "Warning",
  "Notice",
  "Informational",
  "Debug",
] as const;

export type Priority = (typeof PRIORITIES)[number];

/** Of the stack's own rules, the lowest one. */
export const LOWEST_OF_STACK_RULES: Priority = "Notice";
