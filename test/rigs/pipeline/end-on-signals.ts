const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Makes a signal end this process by way of its "exit" listeners, which end the collectors and Elasticsearch and
 * remove their files; without it Node ends at once and leaves them. The exit code is the shell's for the signal.
 */
export function endOnSignals(): void {
  for (const [signal, number] of Object.entries(SIGNALS))
    process.once(signal, () => process.exit(128 + number));
}
