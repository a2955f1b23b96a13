import type { Manifest } from "../kubernetes/manifest";
import { type NodeProgram, programTemplate } from "./pod";

/** When a program runs. */
export interface Timetable {
  /** As cron has it. */
  schedule: string;
  /** How long a run may take. */
  deadlineSeconds: number;
}

/**
 * The CronJob of a program whose next run is the retry: one at a time, and a run that fails is not tried again.
 * @param variables Environment of the program.
 */
export function programCronJob(
  program: NodeProgram,
  { schedule, deadlineSeconds }: Timetable,
  variables: Readonly<Record<string, string>>,
): Manifest {
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: program.name, namespace: program.namespace },
    spec: {
      schedule,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 120,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: deadlineSeconds,
          template: programTemplate(program, variables),
        },
      },
    },
  };
}
