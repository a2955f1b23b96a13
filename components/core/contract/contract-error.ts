/** Codes of faults in what features bring; they are stable: people search for them. */
export const CONTRACT_ERRORS = {
  FTR001: "unknown capability",
  FTR002: "capabilities that wait for each other",
  FTR003: "namespace with two Pod Security levels",
  FTR004: "field with two types",
  FTR005: "severity outside of 1 to 5",
  FTR006: "name used by two features",
  FTR007: "namespace of the stack's and of the user's workloads",
  FTR008: "correlation rule that refers to a correlation",
  FTR009: "correlation rules that overlap",
  FTR010: "two that notify of one thing",
  FTR011: "correlation rule that can never find anything",
  FTR012: "response in a namespace that must not be acted on",
  FTR013: "rule about pods with two enforcers",
  FTR014: "namespace of the stack's in the mesh",
} as const;

export type ContractErrorCode = keyof typeof CONTRACT_ERRORS;

/** What features bring does not fit together; thrown at plan, before any resource is touched. */
export class ContractError extends Error {
  override readonly name = "ContractError";
  constructor(
    readonly code: ContractErrorCode,
    /** What does not fit, with both sides named. */
    readonly found: string,
    readonly fix: string,
  ) {
    super(`${code}: ${CONTRACT_ERRORS[code]}\n    found:   ${found}\n    fix:     ${fix}`);
  }
}
