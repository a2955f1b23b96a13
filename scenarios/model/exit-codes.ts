/** Of a run of scenarios. */
export const EXIT = { passed: 0, failed: 1, refused: 2, stopped: 130 } as const;
