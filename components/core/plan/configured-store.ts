import type { Store } from "../../documents/store";
import type { Output } from "../config/envelope-schema";

/** The store that the stack config names, before a feature that runs one changes it. */
export function configuredStore({ elasticsearch }: Output): Store {
  const { endpoints = [], indices, authSecretRef, caSecretRef, apiKey, secretsExist } = elasticsearch;
  return {
    ...{ endpoints, indices, authSecretRef, caSecretRef },
    makesKeys: false,
    keyIsGiven: apiKey !== undefined,
    secretsExist,
    makesCa: false,
  };
}
