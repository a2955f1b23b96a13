/** As `cosign generate-key-pair` makes one; made for these tests, its private half is nowhere. */
export const PUBLIC_KEY = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELuItwABgpKaReQSfVL3I04PJEJh6
rURfXxwAPMpWpRwY6kdGP3tNFNzIgIa2Qm7shnvwlwNAUSvBRNHErSLa8A==
-----END PUBLIC KEY-----
`;

/** By an identity of a changing ref, by one of a person, and by a key. */
export const WORKFLOW = {
  issuer: "https://token.actions.githubusercontent.com",
  subjectRegExp: "^https://github\\.com/shop/[^/]+/\\.github/workflows/release\\.yml@refs/tags/v.+$",
};

export const IMAGES = [
  {
    repository: "registry.example/shop",
    signers: [
      WORKFLOW,
      { issuer: "https://accounts.example.com", subject: "release@example.com" },
      { publicKey: PUBLIC_KEY, transparencyLog: false },
    ],
  },
  { repository: "mirror.example:5000", signers: [{ publicKey: PUBLIC_KEY }] },
];
