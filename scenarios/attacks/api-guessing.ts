import { requestCount } from "../model/api-expectation";
import { defineScenario } from "../model/scenario-schema";
import apiGuessingQuery from "../queries/api-guessing.k8s_audit.json";

export const apiGuessing = defineScenario({
  id: "api-guessing",
  title: "Credentials are guessed",
  stage: "validation",
  techniques: ["T1110"],
  danger: "simulated",
  proves: "Many failed authentications from one address are counted.",
  pods: [],
  steps: [
    {
      do: "request",
      method: "GET",
      path: "/api/v1/namespaces",
      as: "guessed",
      times: 20,
      statuses: [401],
      why: "A token that nobody has.",
    },
  ],
  expectations: [requestCount("failed authentications", apiGuessingQuery, 20)],
});
