import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { HttpClient, type Target } from "../../../components/node-program/http-client";
import { TEST_LABEL } from "../../../components/notifications/names";

/** What came of a test message. */
export interface TestResult {
  receiver: string;
  /** The receiver's service took it; it refused; nothing came of it in time. */
  outcome: "taken" | "refused" | "open";
  /** Requests that failed, and Alertmanager's word for why. */
  failures: number;
  reason?: string;
}

const POLL_MS = 500;
const HOLD_MS = 120_000;

/**
 * Sends a marked test message to each receiver, past the routes and mute times, and waits for what comes back as
 * Alertmanager counts it (notify/metrics.go, with the feature `receiver-name-in-metrics`).
 * @throws Error where Alertmanager can't be reached
 */
export async function sendTests(
  alertmanager: Target,
  receivers: readonly string[],
  { clusterName, seconds }: { clusterName: string; seconds: number },
): Promise<TestResult[]> {
  const client = new HttpClient(alertmanager, { timeoutMs: 10_000 });
  try {
    const before = await readCounts(client);
    await post(client, receivers, clusterName);
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const now = await readCounts(client);
      const results = receivers.map((receiver) => resultOf(receiver, before, now));
      if (results.every(({ outcome }) => outcome !== "open") || Date.now() > deadline) return results;
      await sleep(POLL_MS);
    }
  } finally {
    await client.close();
  }
}

async function post(client: HttpClient, receivers: readonly string[], clusterName: string): Promise<void> {
  const now = Date.now();
  const id = randomUUID();
  const alerts = receivers.map((receiver) => ({
    labels: {
      ...{ alertname: "security-test", severity: "informational", cluster: clusterName },
      ...{ [TEST_LABEL]: receiver, id },
    },
    annotations: {
      summary: `Test message · ${clusterName}`,
      description: `A test of the receiver ${receiver} by \`npm run notify\`: nothing happened.`,
      fix: "Nothing is to be done.",
    },
    startsAt: new Date(now).toISOString(),
    endsAt: new Date(now + HOLD_MS).toISOString(),
  }));
  const { status, body } = await client.request({
    method: "POST",
    path: "/api/v2/alerts",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  if (status !== 200) throw new Error(`Alertmanager answered ${status}: ${body.slice(0, 200)}`);
}

/** By series of Alertmanager's metrics. */
type Counts = ReadonlyMap<string, number>;

const REQUESTS = "alertmanager_notification_requests_total";
const FAILED_REQUESTS = "alertmanager_notification_requests_failed_total";
const GIVEN_UP = "alertmanager_notifications_failed_total";

async function readCounts(client: HttpClient): Promise<Counts> {
  const { status, body } = await client.request({ method: "GET", path: "/metrics" });
  if (status !== 200) throw new Error(`Alertmanager answered ${status} for its metrics`);
  const series = body.matchAll(/^(alertmanager_notification\w+\{[^}]*\}) ([\d.e+]+)$/gm);
  return new Map(Array.from(series, ([, name = "", value]) => [name, Number(value)]));
}

function resultOf(receiver: string, before: Counts, now: Counts): TestResult {
  const grown = (name: string) =>
    [...now]
      .filter(([series]) => series.startsWith(`${name}{`) && series.includes(`receiver_name="${receiver}"`))
      .map(([series, value]) => ({ series, more: value - (before.get(series) ?? 0) }))
      .filter(({ more }) => more > 0);
  const sum = (name: string) => grown(name).reduce((total, { more }) => total + more, 0);
  const failures = sum(FAILED_REQUESTS);
  const [givenUp] = grown(GIVEN_UP);
  const reason = /reason="([^"]*)"/.exec(givenUp?.series ?? "")?.[1];
  return {
    receiver,
    outcome: sum(REQUESTS) > failures ? "taken" : givenUp ? "refused" : "open",
    failures,
    ...(reason === undefined ? {} : { reason }),
  };
}
