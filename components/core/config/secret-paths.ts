/** Values that must be Pulumi secrets (`pulumi config set --secret --path ...`). */
export const SECRET_PATHS: readonly (readonly string[])[] = [
  ["output", "elasticsearch", "apiKey"],
  ["output", "elasticsearch", "objects", "password"],
];
