import type { Alert } from "../../documents/alerts";
import { alertsOf, type PostableAlert } from "./alert-message";
import type { AlertmanagerClient } from "./alertmanager-client";
import { type Firing, firingOf, MOST_GROUPS } from "./firing";
import type { PassSettings } from "./notifier-settings";
import { type Searches, SearchFailed } from "./searches";

/** What a pass did. */
export interface Summary {
  rules: number;
  alerts: number;
  /** Rules of which there was more than is looked at. */
  cut: string[];
  /** The last of what went wrong with searches. */
  problem?: string;
}

/** How long it may be away until people are told. */
const AWAY_MS = 300_000;

/** Asks for all rules and posts what holds, one rule after the other so that few answers are in memory at a time. */
export class Notifier {
  private answeredAt: number;

  constructor(
    private readonly searches: Searches,
    private readonly alertmanager: AlertmanagerClient,
    private readonly settings: PassSettings,
    started: number,
  ) {
    this.answeredAt = started;
  }

  /** @throws Error where Alertmanager does not take the alerts */
  async pass(now: number): Promise<Summary> {
    const { rules } = this.settings;
    let alerts = 0;
    const cut: string[] = [];
    let problem: string | undefined;
    for (const rule of rules) {
      let found: { firing: Firing[]; isCut: boolean };
      try {
        found = await firingOf(this.searches, rule, this.settings, now);
      } catch (error) {
        if (!(error instanceof SearchFailed)) throw error;
        problem = `${rule.id}: ${error.message}`;
        if (error.isRefusal) continue;
        await this.tellOfAbsence(now);
        break;
      }
      const posted = [
        ...alertsOf(found.firing, this.settings, now),
        ...(found.isCut ? [this.ofTheNotifier(CUT, now, rule)] : []),
      ];
      await this.alertmanager.post(posted);
      alerts += posted.length;
      if (found.isCut) cut.push(rule.id);
    }
    if (problem === undefined) this.answeredAt = now;
    return { rules: rules.length, alerts, cut, ...(problem === undefined ? {} : { problem }) };
  }

  private async tellOfAbsence(now: number): Promise<void> {
    if (now - this.answeredAt < AWAY_MS) return;
    await this.alertmanager.post([this.ofTheNotifier(BLIND, now)]);
  }

  private ofTheNotifier(own: OwnAlert, now: number, about?: Alert): PostableAlert {
    const { clusterName, stateHoldMs } = this.settings;
    return {
      labels: {
        alertname: own.id,
        severity: "high",
        cluster: clusterName,
        ...(about ? { rule: about.name } : {}),
      },
      annotations: {
        summary: [own.name, ...(about ? [about.name] : []), clusterName].join(" · "),
        description: own.description,
        fix: own.fix,
      },
      startsAt: new Date(now).toISOString(),
      endsAt: new Date(now + stateHoldMs).toISOString(),
    };
  }
}

interface OwnAlert {
  id: string;
  name: string;
  description: string;
  fix: string;
}

const BLIND: OwnAlert = {
  id: "security-notifier-blind",
  name: "Elasticsearch can't be asked for alerts",
  description: "No rule was looked at for at least five minutes.",
  fix: "See the log of the notifier. Events are kept by the collectors meanwhile, and alerts on them are sent later.",
};

const CUT: OwnAlert = {
  id: "security-notifier-more",
  name: "More alerts than can be sent",
  description: `The rule holds for more than ${MOST_GROUPS} groups, of which the rest is not sent.`,
  fix: "See the dashboard: an attack on many workloads at once, or a rule that is too noisy for an alert.",
};
