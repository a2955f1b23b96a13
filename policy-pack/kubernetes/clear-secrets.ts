// What in texts is a secret. Everything here says where it is and what it is called, and never returns the secret.

/** `password`, `PGPASSWORD`, `clientSecret`, `PASSWORD1`: the end of a name, without its case and separators. */
const PASSWORD_NAME = /(password|passwd|passphrase|passcode|pwd)$/;
const OTHER_NAME =
  /(secret|token|credentials?|clientkeydata|(access|account|api|auth|encryption|hmac|jwt|license|master|private|secret|shared|signing|storage)key)$/;
/** Names of Secrets and not secrets: `existingSecret`, `imagePullSecret`. */
const REFERENCE_NAME = /(existing|pull|tls|ca|ref|webhook)secrets?$/;

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/\d+$/, "");
}

function isPasswordName(name: string): boolean {
  // "pass" as a word of its own: RABBITMQ_DEFAULT_PASS, dbPass; not "bypass".
  return PASSWORD_NAME.test(plain(name)) || /(^|[^a-zA-Z])pass\d*$/i.test(name) || /[a-z]Pass\d*$/.test(name);
}

/** Filled in elsewhere: `$(NAME)`, `${NAME}`, `$NAME`, `$secret:key`, templates, secret managers, a file. A "$" alone begins a password, too. */
const REFERENCE =
  /^(\$\(|\$\{|\$([A-Z_][A-Z0-9_]*|[a-z_]+|[A-Za-z]\w*([-.:][\w]+)+)$|\{\{|%\(|<%|!|(vault|file|env|ssm|sm|op|akv|arn|gcp-?sm|secretref|ref\+\w+):|ENC\[|projects\/)/;
const PATH = /^(~|\.{0,2})\/[\w./@-]*$/;
const NO_VALUE =
  /^(true|false|yes|no|on|off|null|none|nil|undefined|required|optional|enabled|disabled|bearer|basic|~|\*+|x{3,}|\.+|redacted|<[^<>]*>?)$/i;
/** What a password becomes where only its check is kept (crypt(5), argon2, PBKDF2). */
const HASH = /^(\$(2[abxy]|argon2\w*|[156y]|pbkdf2[\w-]*|apr1)\$|\{(SSHA|SHA|bcrypt)\w*\})/;
const SHORTEST = 6;

/** True for a literal value under the name of a secret. */
export function isNamedSecret(name: string, value: string): boolean {
  const literal = value.trim();
  if (
    literal === "" ||
    REFERENCE.test(literal) ||
    PATH.test(literal) ||
    NO_VALUE.test(literal) ||
    HASH.test(literal)
  )
    return false;
  const isNumber = /^\d+$/.test(literal);
  if (isPasswordName(name)) return !isNumber || literal.length >= 4;
  const base = plain(name);
  if (!OTHER_NAME.test(base) || REFERENCE_NAME.test(base) || literal.length < SHORTEST) return false;
  // `WEBHOOK_SECRET: webhook-server-cert` is the name of a Secret, and `maxToken: 100000` a number.
  const isName = /(secret|credentials?)$/.test(base) && /^[a-z]+(-[a-z]+)+$/.test(literal);
  return !isName && !(isNumber && base.endsWith("token"));
}

/** Texts that are secrets whatever their name: what they look like, and what to call them. */
const LOOKS: readonly { pattern: RegExp; kind: string }[] = [
  // With a line of its base64: rules for detections name the header alone. In JSON the line break is written out.
  { pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----(\s|\\n)+[A-Za-z0-9+/=\s]{40}/, kind: "a private key" },
  { pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{50,}/, kind: "a private key of age" },
  { pattern: /\b(AKIA|ASIA)[0-9A-Z]{16}\b/, kind: "an AWS access key" },
  { pattern: /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,})/, kind: "a GitHub token" },
  { pattern: /\bglpat-[\w-]{20,}/, kind: "a GitLab token" },
  { pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,}/, kind: "a Slack token" },
  { pattern: /\bAIza[0-9A-Za-z_-]{35}\b/, kind: "a Google API key" },
  { pattern: /\b[sr]k_live_[0-9A-Za-z]{20,}/, kind: "a Stripe key" },
  { pattern: /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, kind: "a JSON web token" },
  {
    pattern: /\bauthorization["']?\s{0,20}[:=,]?\s{0,20}["']?(bearer|basic|apikey)\s+(?![${<])[\w+/=.-]{8,}/i,
    kind: "an Authorization header",
  },
  // The user may be left out, as Redis' URLs do.
  {
    pattern: /\b[a-z][\w+.-]{0,30}:\/\/[^\s/:@"'<>{}]*:(?!\$|<|\{|%[(s]|\*+@|x+@)[^\s/?#@"'${}<>]+@/i,
    kind: "a password in a URL",
  },
  { pattern: /"auth"\s*:\s*"[A-Za-z0-9+/]{8,}={0,2}"/, kind: "the login of a registry" },
  { pattern: /^[ \t]*(requirepass|masterauth)[ \t]+(?!\$)\S+/m, kind: "a password of Redis" },
  { pattern: /\blogin[ \t]+\S{1,200}[ \t]+password[ \t]+(?!\$)\S+/, kind: "a login of netrc" },
];

export function looksLikeSecret(text: string): string | undefined {
  return LOOKS.find(({ pattern }) => pattern.test(text))?.kind;
}

/**
 * `name: value` and `name=value` at the beginning of a line, inside of braces, query strings and lists; in the middle of a
 * line without any mark before it only as `name=value`, since prose has colons.
 */
const ASSIGNMENT =
  /(^[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+|ENV[ \t]+|ARG[ \t]+)?|[{[(,;?&|]\s{0,200}|[ \t"'](?:--?D?)?(?=[^\s:=]{1,100}=\S)|(?:^|[ \t])--?D?)(["']?)([A-Za-z_][\w.-]*)\2[ \t]*[:=][ \t]*(?:&\w+[ \t]+|!!str[ \t]+)?(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([^\s,;&"'#<{}[\]()][^\s,;&"'<{}\]()]*))/gm;
const XML = /<([A-Za-z_][\w.-]*)>([^<>\n]+)<\/\1>/g;

/** In a program every value may be an expression: only a text in quotes is literal. */
const PROGRAM = /\.([cm]?[jt]sx?|py|rb|go|lua|rego|ps1|java|groovy)$/;
const LITERAL_ASSIGNMENT = /()()([\w.-]+)["']?\s*[:=]\s*["'`]([^"'`\s]+)["'`]/g;
/** `"Credential=" + key.id + "/"`: what is between the end of a text and the begin of the next. */
const BETWEEN_TEXTS = /^\+\s*[A-Za-z_$][\w$]*[.([][\w$.()[\]]*\s*\+$/;
/** `token = response.body.token` in a script of some other name. */
const EXPRESSION = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$/;

/** Where in a text a secret is and what it is; `key` is the name that the text has. */
export function secretInText(key: string, text: string): string | undefined {
  if (!text.includes("\n") && isNamedSecret(key, text)) return `a literal value of ${key}`;
  const looks = looksLikeSecret(text);
  if (looks) return looks;
  const pattern = PROGRAM.test(key) ? LITERAL_ASSIGNMENT : ASSIGNMENT;
  for (const match of text.matchAll(pattern)) {
    const [, , , name = "", double, single, bare = ""] = match;
    const quoted = double ?? single;
    const value = quoted ?? wholeValue(text, match.index + match[0].length, bare);
    if (quoted === undefined && EXPRESSION.test(value)) continue;
    if (PROGRAM.test(key) && BETWEEN_TEXTS.test(value)) continue;
    if (isNamedSecret(name, value) && !isComment(text, match.index)) return placeOf(text, match, name);
  }
  for (const match of text.matchAll(XML))
    if (isNamedSecret(match[1] ?? "", match[2] ?? "")) return placeOf(text, match, match[1] ?? "");
  return undefined;
}

function placeOf(text: string, match: RegExpExecArray, name: string): string {
  const line = text.slice(0, match.index + match[0].trimEnd().length).split("\n").length;
  return `line ${line}, a literal value of ${name}`;
}

/** A block of YAML has its text on the next line; "abc$" goes on with a reference. */
function wholeValue(text: string, end: number, bare: string): string {
  if (/^[|>][-+\d]*$/.test(bare))
    return (
      text
        .slice(end, end + 1000)
        .split("\n")[1]
        ?.trim() ?? ""
    );
  return bare.endsWith("$") ? "${" : bare;
}

function isComment(text: string, index: number): boolean {
  const start = text.lastIndexOf("\n", index - 1) + 1;
  return /^\s*(#|\/\/|;)/.test(text.slice(start, index + 2));
}

/** The secret in a command line: in one text, or as an option and the argument after it. */
export function secretInArguments(texts: readonly string[]): string | undefined {
  for (const [index, text] of texts.entries()) {
    const inText = secretInText("", text);
    if (inText) return inText;
    if (/(^|\s)(-u|--user)[= ][^\s:$]+:(?!\$)\S+/.test(text)) return "a user name with its password";
    const separate = isOption(text) ? ([["", text, texts[index + 1] ?? ""]] as const) : text.matchAll(OPTION);
    for (const [, option = "", value = ""] of separate)
      if (!value.startsWith("-") && isNamedSecret(option, value)) return `a literal value of ${option}`;
  }
  return undefined;
}

function isOption(text: string): boolean {
  return /^--?[\w.-]+$/.test(text);
}

const OPTION = /(?:^|\s)(--?[A-Za-z][\w.-]*)\s+([^\s"'-]\S*)/g;
