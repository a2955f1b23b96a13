/** Techniques of the matrix that no scenario acts out, each with what would have to be there. */
export const GAPS: Readonly<Record<string, string>> = {
  T1190: "an exploit of a service of the cluster's own: what it starts is seen, the way in is not",
  T1498: "floods are in the network, of which no sensor measures the volume",
  T1525: "images are put into a registry, which no sensor watches",
};
